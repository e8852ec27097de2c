import { describe, expect, test } from "vitest";
import { FasciaError } from "../../base/errors.ts";
import type { Exchange } from "./exchange.ts";
import { notSent, outcomeOf, verdictOf } from "./outcome.ts";
import { MAX_RETRY_AFTER_MS, retryAfterMs } from "./retryafter.ts";

const now = Date.UTC(2026, 0, 15, 12);
const idempotent = { idempotent: true, now };
const once = { idempotent: false, now };

function answered(status: number, retryAfter?: string): Exchange {
  const body = { kind: "Whole" as const, bytes: Buffer.from("CANARY") };
  return { kind: "Answered", status, body, ...(retryAfter !== undefined && { retryAfter }) };
}

function failed(code: string): Error {
  return Object.assign(new Error("CANARY: what the peer wrote"), { code });
}

function unanswered(why: "TimedOut" | "Aborted" | "Broken", code: string): Exchange {
  return { kind: "Unanswered", why, error: failed(code) };
}

describe("a status decides what became of a delivery", () => {
  const delivered = "Delivered";
  const busy = "Transient";
  const down = "Transient, down";
  const unknown = "Ambiguous, down";
  const permanent = "Permanent";

  test.each([
    [200, delivered, delivered],
    [201, delivered, delivered],
    [202, delivered, delivered],
    [204, delivered, delivered],
    [301, permanent, permanent],
    [307, permanent, permanent],
    [400, permanent, permanent],
    [401, down, down],
    [403, permanent, permanent],
    [404, permanent, permanent],
    [408, busy, busy],
    [409, busy, permanent],
    [412, permanent, permanent],
    [422, permanent, permanent],
    [425, busy, busy],
    [429, busy, busy],
    [500, busy, busy],
    [501, busy, busy],
    [502, down, unknown],
    [503, down, down],
    [504, down, unknown],
    [599, busy, busy],
    [777, unknown, unknown],
  ])("%i: %s where the peer knows a repeated request, otherwise %s", (status, whenIdempotent, otherwise) => {
    const words = (isIdempotent: boolean) => {
      const { verdict } = verdictOf(status, isIdempotent);
      return "down" in verdict && verdict.down ? `${verdict.kind}, down` : verdict.kind;
    };
    expect(words(true)).toBe(whenIdempotent);
    expect(words(false)).toBe(otherwise);
  });
});

test("the reason names the status in our words, a closed detail and what to do, never what the peer wrote", () => {
  expect(outcomeOf(answered(422), idempotent, "invalid")).toEqual({
    kind: "Permanent",
    reason: "HTTP 422 (Unprocessable Entity): invalid",
  });
  expect(outcomeOf(answered(302), once)).toEqual({
    kind: "Permanent",
    reason: "HTTP 302 (Found): redirects are not followed; set the final address as target.url",
  });
  expect(outcomeOf(answered(799), once)).toMatchObject({ reason: "HTTP 799: no status that HTTP knows" });
});

test("Retry-After counts for what is tried again, and for nothing else", () => {
  expect(outcomeOf(answered(503, "20"), once)).toMatchObject({ kind: "Transient", down: true, retryAfterMs: 20_000 });
  expect(outcomeOf(answered(503, "soon"), once)).not.toHaveProperty("retryAfterMs");
  expect(outcomeOf(answered(400, "20"), once)).not.toHaveProperty("retryAfterMs");
});

test.each([
  ["120", 120_000],
  ["0", undefined],
  ["-5", undefined],
  ["1.5", undefined],
  ["99999999", MAX_RETRY_AFTER_MS],
  ["Thu, 15 Jan 2026 12:00:30 GMT", 30_000],
  ["Thu, 15 Jan 2026 11:59:30 GMT", undefined],
  ["Fri, 15 Jan 2027 12:00:00 GMT", MAX_RETRY_AFTER_MS],
  ["Thu, 99 Xyz 2026 12:00:30 GMT", undefined],
  ["2026-01-15T12:00:30Z", undefined],
  ["", undefined],
])("Retry-After %j is %s ms", (value, ms) => {
  expect(retryAfterMs(value, now)).toBe(ms);
});

describe("without a status", () => {
  test("what never left is Transient and says that the target is away", () => {
    expect(notSent(failed("ECONNREFUSED"))).toEqual({
      kind: "Transient",
      reason: "not sent: connection refused",
      down: true,
    });
    expect(notSent(failed("CERT_HAS_EXPIRED"))).toMatchObject({
      reason: "not sent: Error (CERT_HAS_EXPIRED)",
      down: true,
    });
    expect(notSent(new FasciaError("Aborted", "given up"))).toMatchObject({ kind: "Transient", down: false });
  });

  test("what left and had no answer is Ambiguous, for an idempotent peer too", () => {
    expect(outcomeOf(unanswered("TimedOut", "x"), idempotent)).toMatchObject({ kind: "Ambiguous", down: true });
    expect(outcomeOf(unanswered("Aborted", "x"), idempotent)).toMatchObject({ kind: "Ambiguous", down: false });
    expect(outcomeOf(unanswered("Broken", "ECONNRESET"), once)).toEqual({
      kind: "Ambiguous",
      reason: "sent; no answer: connection reset",
      down: true,
    });
    expect(outcomeOf(unanswered("Broken", "HPE_INVALID_CONSTANT"), once)).toMatchObject({
      kind: "Ambiguous",
      reason: "sent; no answer: the answer is not HTTP (HPE_INVALID_CONSTANT)",
    });
  });

  test("a server that refuses our certificate has taken nothing, though TLS 1.3 says so late", () => {
    const refused = unanswered("Broken", "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED");
    expect(outcomeOf(refused, once)).toMatchObject({
      kind: "Transient",
      down: true,
    });
    const broken = unanswered("Broken", "ERR_SSL_SSL/TLS_ALERT_BAD_RECORD_MAC");
    expect(outcomeOf(broken, once).kind).toBe("Ambiguous");
  });
});
