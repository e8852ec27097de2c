import { FasciaError, safeReason } from "../../base/errors.ts";
import type { Outcome } from "../adapter.ts";
import { STATUS_CODES } from "../nodehttp.ts";
import type { Exchange } from "./exchange.ts";
import { retryAfterMs } from "./retryafter.ts";

export type Verdict =
  | { kind: "Delivered" }
  | { kind: "Transient"; down: boolean }
  | { kind: "Ambiguous"; down: boolean }
  | { kind: "Permanent" };

export interface StatusRule {
  first: number;
  last: number;
  verdict: Verdict;
  /** Where the peer does not recognise a repeated request, if that makes a difference. */
  unlessIdempotent?: Verdict;
  /** What a person should know or do, in the reason. */
  hint?: string;
}

const DELIVERED: Verdict = { kind: "Delivered" };
const PERMANENT: Verdict = { kind: "Permanent" };
const BUSY: Verdict = { kind: "Transient", down: false };
const DOWN: Verdict = { kind: "Transient", down: true };
const UNKNOWN: Verdict = { kind: "Ambiguous", down: true };

/** What an HTTP status means for a delivery (RFC 9110 section 15, RFC 6585); the first rule that fits counts. */
export const STATUS_RULES: readonly StatusRule[] = [
  { first: 200, last: 299, verdict: DELIVERED },
  {
    first: 300,
    last: 399,
    verdict: PERMANENT,
    hint: "redirects are not followed; set the final address as target.url",
  },
  // Refused credentials are no fault of the message: without this a token that ran out would empty a lane into quarantine.
  { first: 401, last: 401, verdict: DOWN, hint: "check bearerTokenRef" },
  { first: 408, last: 408, verdict: BUSY },
  // A conflict passes where the request may simply be repeated: a concurrent update, the first attempt still at work.
  { first: 409, last: 409, verdict: BUSY, unlessIdempotent: PERMANENT },
  { first: 425, last: 425, verdict: BUSY },
  { first: 429, last: 429, verdict: BUSY },
  { first: 400, last: 499, verdict: PERMANENT },
  // A gateway speaks here: it passed the request on and does not know what became of it.
  { first: 502, last: 502, verdict: DOWN, unlessIdempotent: UNKNOWN },
  { first: 503, last: 503, verdict: DOWN },
  { first: 504, last: 504, verdict: DOWN, unlessIdempotent: UNKNOWN },
  { first: 500, last: 599, verdict: BUSY },
];

export function verdictOf(status: number, idempotent: boolean): { verdict: Verdict; hint?: string } {
  const rule = STATUS_RULES.find(({ first, last }) => first <= status && status <= last);
  if (rule === undefined) return { verdict: UNKNOWN, hint: "no status that HTTP knows" };
  const verdict = idempotent ? rule.verdict : (rule.unlessIdempotent ?? rule.verdict);
  return { verdict, ...(rule.hint !== undefined && { hint: rule.hint }) };
}

/** `HTTP 503 (Service Unavailable)`: the number, and the name that RFC 9110 gives it, never the peer's own. */
export function statusText(status: number): string {
  const name = STATUS_CODES[status];
  return name === undefined ? `HTTP ${status}` : `HTTP ${status} (${name})`;
}

/**
 * What the exchange means for the delivery. `detail` is added to the text: a closed code out of the answer, never its
 * words. Of a Delivered outcome the caller still has to look at the body.
 */
export function outcomeOf(exchange: Exchange, peer: { idempotent: boolean; now: number }, detail?: string): Outcome {
  if (exchange.kind === "NotSent") return notSent(exchange.error);
  if (exchange.kind === "Unanswered") return unanswered(exchange);
  const { verdict, hint } = verdictOf(exchange.status, peer.idempotent);
  const text = [statusText(exchange.status), detail, hint].filter((part) => part !== undefined).join(": ");
  if (verdict.kind === "Delivered") return { kind: "Delivered", detail: text };
  const wait = exchange.retryAfter === undefined ? undefined : retryAfterMs(exchange.retryAfter, peer.now);
  if (verdict.kind === "Transient" && wait !== undefined) return { ...verdict, reason: text, retryAfterMs: wait };
  return { ...verdict, reason: text };
}

/** Nothing left us: worth trying again, and mostly the sign that the whole target is away. */
export function notSent(error: unknown): Extract<Outcome, { kind: "Transient" }> {
  const givenUp = error instanceof FasciaError && error.code === "Aborted";
  return { kind: "Transient", reason: `not sent: ${describe(error)}`, down: !givenUp };
}

/** TLS alerts by which a server refuses our certificate; under TLS 1.3 they come after the request was written. */
const CERTIFICATE_REFUSED =
  /^ERR_SSL_.*ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_(REVOKED|EXPIRED|UNKNOWN|REQUIRED)|UNKNOWN_CA|ACCESS_DENIED)$/;

function unanswered(exchange: Extract<Exchange, { kind: "Unanswered" }>): Outcome {
  if (exchange.why === "Aborted") return { kind: "Ambiguous", reason: "sent; given up before the answer", down: false };
  if (exchange.why === "TimedOut") return { kind: "Ambiguous", reason: "sent; no answer in time", down: true };
  if (CERTIFICATE_REFUSED.test(codeOf(exchange.error) ?? ""))
    return { kind: "Transient", reason: `refused our certificate: ${describe(exchange.error)}`, down: true };
  return { kind: "Ambiguous", reason: `sent; no answer: ${describe(exchange.error)}`, down: true };
}

const MEANINGS: Record<string, string> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EPIPE: "connection closed by the peer",
  ETIMEDOUT: "connection timed out",
  EHOSTUNREACH: "host unreachable",
  ENETUNREACH: "network unreachable",
  ENOTFOUND: "host name not found",
  EAI_AGAIN: "host name could not be looked up",
  UND_ERR_SOCKET: "connection closed by the peer",
};

/** Our own words for what a socket, TLS or the HTTP parser reports: by its code alone. */
function describe(error: unknown): string {
  const code = codeOf(error);
  if (code !== undefined && Object.hasOwn(MEANINGS, code)) return MEANINGS[code] ?? code;
  if (code?.startsWith("HPE_") === true) return `the answer is not HTTP (${code})`;
  return safeReason(error);
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === "string" ? code : undefined;
}
