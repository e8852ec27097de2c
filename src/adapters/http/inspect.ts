import type { IncomingHttpHeaders } from "node:http";
import { isJson } from "../../base/json.ts";
import type { Received } from "../adapter.ts";
import { Problem } from "./problem.ts";

/** `application/json`, `text/json` and whatever ends in `+json`, with parameters. */
const JSON_TYPE = /^(application\/json|text\/json|[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.-]+\+json)\s*(;.*)?$/i;
const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/i;
/** A visible key of reasonable length; longer or stranger ones are refused rather than cut. */
const KEY = /^[\x21-\x7e][\x20-\x7e]{0,254}$/;
/** W3C Trace Context section 3.2, version 00. */
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Refuses, before it is read, a body that could only turn out to be unusable. The media type is insisted on: a web
 * page can make a browser post anything but JSON to a webhook without asking first. Throws Problem 415.
 */
export function checkContent(headers: IncomingHttpHeaders): void {
  const type = headers["content-type"] ?? "";
  if (!JSON_TYPE.test(type)) throw new Problem(415, "send the message with Content-Type: application/json");
  const charset = CHARSET.exec(type)?.[1];
  if (charset !== undefined && charset.toLowerCase() !== "utf-8")
    throw new Problem(415, "JSON is UTF-8 (RFC 8259): send it without another charset");
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity")
    throw new Problem(415, "send the message without Content-Encoding", { "accept-encoding": "identity" });
}

/**
 * The request as a message. Its body stays as it was sent; it is only checked to be JSON. The identity is the
 * Idempotency-Key, with the certificate's name in front where there is one, or empty: whoever stores the message then
 * goes by its content. Throws Problem 400.
 */
export function toReceived(headers: IncomingHttpHeaders, body: Buffer, principal: string | undefined): Received {
  if (!isJson(body)) throw new Problem(400, "the body is no JSON document in UTF-8");
  const key = headers["idempotency-key"];
  const { traceparent } = headers;
  return {
    body,
    dialect: "json",
    identity: typeof key === "string" ? [principal ?? "", unquoted(key)] : [],
    ...(principal !== undefined && { principal }),
    ...(typeof traceparent === "string" && TRACEPARENT.test(traceparent) && { traceparent }),
  };
}

/** The draft standard writes the key as a quoted string (RFC 8941), most senders write it bare: both mean the same. */
function unquoted(key: string): string {
  const bare = /^"(.*)"$/.exec(key)?.[1]?.replaceAll(/\\(["\\])/g, "$1") ?? key;
  if (!KEY.test(bare)) throw new Problem(400, "Idempotency-Key must be 1 to 255 visible ASCII characters");
  return bare;
}
