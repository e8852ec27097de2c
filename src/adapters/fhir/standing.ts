import { parseJsonAsWritten } from "../../base/json.ts";
import type { Outcome } from "../adapter.ts";
import type { AnswerBody, Exchange } from "../client/exchange.ts";
import { outcomeOf } from "../client/outcome.ts";
import { MAX_ANSWER_BYTES } from "./answer.ts";
import { isObject, type Put } from "./puts.ts";

/** What stands on the server in the place of a resource. */
export interface Standing {
  kind: "Standing";
  /** Undefined: there is none. Numbers that JavaScript would write otherwise are kept as they are. */
  resource: Record<string, unknown> | undefined;
  /** With which an update is made only while this is so. */
  condition: NonNullable<Put["condition"]>;
}

const NONE: Standing = { kind: "Standing", resource: undefined, condition: { ifNoneMatch: "*" } };

/** RFC 9110 section 8.8.3, without what no header should hold. */
const ETAG = /^(?:W\/)?"[\x21\x23-\x7e]{1,256}"$/;
const VERSION_ID = /^[A-Za-z0-9.-]{1,64}$/;

const NO_VERSION =
  "the server tells no version of what it has (neither ETag nor meta.versionId), without which an update might undo another system's; " +
  "a server that several systems write one resource on has to support versioned updates";

/** What the answer to a read of `put.url` tells. A read changes nothing: what it came to nobody has to wonder about. */
export function standingOf(exchange: Exchange, put: Put, now: number): Standing | Outcome {
  if (exchange.kind === "Answered" && (exchange.status === 404 || exchange.status === 410)) return NONE;
  const outcome = outcomeOf(exchange, { idempotent: true, now });
  if (outcome.kind === "Ambiguous") return { ...outcome, kind: "Transient", reason: `read: ${outcome.reason}` };
  if (outcome.kind !== "Delivered") return { ...outcome, reason: `read: ${outcome.reason}` };
  return exchange.kind === "Answered" ? readStanding(exchange, put) : outcome;
}

function readStanding({ body, etag }: Extract<Exchange, { kind: "Answered" }>, put: Put): Standing | Outcome {
  if (body.kind === "TooLong") return permanent(`what the server has is longer than ${MAX_ANSWER_BYTES} bytes`);
  const resource = resourceIn(body);
  if (resource === undefined || `${String(resource["resourceType"])}/${String(resource["id"])}` !== put.url)
    return { kind: "Transient", reason: "read: the answer is not the resource that was asked for", down: false };
  const ifMatch = versionOf(resource, etag);
  return ifMatch === undefined ? permanent(NO_VERSION) : { kind: "Standing", resource, condition: { ifMatch } };
}

const permanent = (reason: string): Outcome => ({ kind: "Permanent", reason: `not sent: ${reason}` });

function resourceIn(body: AnswerBody): Record<string, unknown> | undefined {
  if (body.kind !== "Whole") return undefined;
  try {
    const value = parseJsonAsWritten(body.bytes.toString());
    return isObject(value) ? value : undefined;
  } catch {
    // No JSON, or nested without end: not what was asked for.
    return undefined;
  }
}

/** As `If-Match` has it (http://hl7.org/fhir/R4/http.html#concurrency). */
function versionOf(resource: Record<string, unknown>, etag: string | undefined): string | undefined {
  if (etag !== undefined && ETAG.test(etag)) return etag;
  const versionId = isObject(resource["meta"]) ? resource["meta"]["versionId"] : undefined;
  return typeof versionId === "string" && VERSION_ID.test(versionId) ? `W/"${versionId}"` : undefined;
}
