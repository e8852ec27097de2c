import { createHash, timingSafeEqual } from "node:crypto";
import type { SecretKeyRef } from "../../api/meta.ts";
import { type Log } from "../../telemetry/log.ts";
import type { Secrets } from "../adapter.ts";
import { readToken } from "../client/auth.ts";
import { Problem } from "./problem.ts";

const CHALLENGE = 'Bearer realm="fascia"';

/**
 * Checks `Authorization: Bearer` (RFC 6750) against the token as it is now. Throws Problem 401, or 503 when there is no
 * token to compare with: without one nobody is let in.
 */
export async function checkToken(
  authorization: string | undefined,
  ref: SecretKeyRef,
  deps: { secrets: Secrets; log: Log },
): Promise<void> {
  const given = /^Bearer +([^ ]+) *$/i.exec(authorization ?? "")?.[1];
  if (given === undefined)
    throw new Problem(401, "send the token as Authorization: Bearer", { "www-authenticate": CHALLENGE });
  let expected: string;
  try {
    expected = await readToken(ref, deps.secrets);
  } catch (error) {
    deps.log.error("http callers cannot be authenticated", { error });
    throw new Problem(503, "callers cannot be authenticated right now", { "retry-after": "30" });
  }
  if (!sameText(given, expected))
    throw new Problem(401, "the token is not valid here", {
      "www-authenticate": `${CHALLENGE}, error="invalid_token"`,
    });
}

/** Compares digests, in time that depends neither on where two texts differ nor on how long they are. */
function sameText(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
