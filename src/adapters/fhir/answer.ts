import type { Outcome } from "../adapter.ts";
import type { AnswerBody, Exchange } from "../client/exchange.ts";
import { outcomeOf, statusText, verdictOf } from "../client/outcome.ts";
import { isObject } from "./puts.ts";

/** A longer answer is not read to its end. */
export const MAX_ANSWER_BYTES = 8_388_608;

/** http://hl7.org/fhir/R4/valueset-issue-type.html: only these are told on, never the words beside them. */
const ISSUE_TYPES: ReadonlySet<string> = new Set(
  (
    "invalid structure required value invariant security login unknown expired forbidden suppressed processing " +
    "not-supported duplicate multiple-matches not-found deleted too-long code-invalid extension too-costly " +
    "business-rule conflict transient lock-error no-store exception timeout incomplete throttled informational"
  ).split(" "),
);

/** What a server's answer to one update means. The peer recognises a repeated update: it is the same resource again. */
export function judgeUpdate(exchange: Exchange, now: number): Outcome {
  return judge(exchange, now, () => undefined);
}

/** The same for a transaction of `count` updates, whose answer speaks of each of them. */
export function judgeTransaction(exchange: Exchange, count: number, now: number): Outcome {
  return judge(exchange, now, (answer) => judgeEntries(answer, count));
}

/**
 * A 2xx counts only where a FHIR server gave it: what stands in between (a proxy, a login page) answers 200 to
 * everything. Sending again does no harm, so what cannot be told is Ambiguous.
 */
function judge(exchange: Exchange, now: number, inspect: (answer: unknown) => Outcome | undefined): Outcome {
  const body = exchange.kind === "Answered" ? readBody(exchange.body) : undefined;
  const outcome = outcomeOf(exchange, { idempotent: true, now }, issueCode(body));
  if (outcome.kind !== "Delivered") return outcome;
  if (typeof body === "string") return { kind: "Ambiguous", reason: `${outcome.detail}: ${body}`, down: false };
  return inspect(body) ?? outcome;
}

/** The resource in an answer, undefined where it is empty, or what is wrong with it. */
function readBody(body: AnswerBody): Record<string, unknown> | string | undefined {
  if (body.kind === "TooLong") return `the answer is longer than ${MAX_ANSWER_BYTES} bytes`;
  if (body.kind === "CutOff") return "the answer was cut off";
  if (body.bytes.length === 0) return undefined;
  try {
    const value: unknown = JSON.parse(body.bytes.toString());
    if (isObject(value) && typeof value["resourceType"] === "string") return value;
  } catch {
    // Said below: it is not JSON, hence not FHIR.
  }
  return "the answer is not FHIR JSON: does target.url name a FHIR server?";
}

/** The code of an OperationOutcome's first issue. */
function issueCode(body: Record<string, unknown> | string | undefined): string | undefined {
  if (!isObject(body) || body["resourceType"] !== "OperationOutcome") return undefined;
  const issues = body["issue"];
  const first: unknown = Array.isArray(issues) ? issues[0] : undefined;
  const code = isObject(first) ? first["code"] : undefined;
  return typeof code === "string" && ISSUE_TYPES.has(code) ? code : undefined;
}

/** Undefined where every entry was taken. A transaction succeeds as a whole, so one that was not is the server's word. */
function judgeEntries(answer: unknown, count: number): Outcome | undefined {
  const entries = isObject(answer) && answer["type"] === "transaction-response" ? answer["entry"] : undefined;
  if (!Array.isArray(entries) || entries.length !== count)
    return { kind: "Ambiguous", reason: `the answer does not tell of all ${count} entries`, down: false };
  for (const [index, entry] of entries.entries()) {
    const status = entryStatus(entry);
    if (status === undefined)
      return { kind: "Ambiguous", reason: `the answer gives no status for entry[${index}]`, down: false };
    const { verdict } = verdictOf(status, true);
    const reason = `entry[${index}]: ${statusText(status)}`;
    if (verdict.kind !== "Delivered") return { ...verdict, reason };
  }
  return undefined;
}

/** Whether the answer as a whole, or one of its entries, has one of `statuses`. */
export function answersWith(exchange: Exchange, statuses: readonly number[]): boolean {
  if (exchange.kind !== "Answered") return false;
  const body = readBody(exchange.body);
  const entries: unknown = isObject(body) ? body["entry"] : undefined;
  const all = [exchange.status, ...(Array.isArray(entries) ? entries.map(entryStatus) : [])];
  return all.some((status) => status !== undefined && statuses.includes(status));
}

/** `Bundle.entry.response.status` begins with the number of an HTTP status. */
function entryStatus(entry: unknown): number | undefined {
  const response = isObject(entry) ? entry["response"] : undefined;
  const status = isObject(response) ? response["status"] : undefined;
  const digits = typeof status === "string" ? /^\d{3}(?!\d)/.exec(status)?.[0] : undefined;
  return digits === undefined ? undefined : Number(digits);
}
