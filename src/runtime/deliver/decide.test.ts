import { describe, expect, test } from "vitest";
import type { Outcome } from "../../adapters/adapter.ts";
import { type Circumstances, decide } from "./decide.ts";

const usual: Circumstances = {
  route: { retry: { attempts: 3, initialDelaySeconds: 1, maxDelaySeconds: 60 }, onPermanent: "Quarantine" },
  attempt: 1,
  idempotent: false,
  parked: false,
  crowded: false,
  random: () => 1,
};
const delivered: Outcome = { kind: "Delivered", detail: "AA" };
const transient: Outcome = { kind: "Transient", reason: "503", down: false };
const down: Outcome = { kind: "Transient", reason: "refused", down: true };
const ambiguous: Outcome = { kind: "Ambiguous", reason: "time-out", down: false };
const permanent: Outcome = { kind: "Permanent", reason: "400" };

describe("the outcome table", () => {
  const cases: [string, Outcome, Partial<Circumstances>, object][] = [
    ["what was delivered is settled", delivered, {}, { action: "settle" }],
    ["what may pass is tried again in place", transient, {}, { action: "retry", delayMs: 1000 }],
    ["each delay is twice as long", transient, { attempt: 2 }, { action: "retry", delayMs: 2000 }],
    ["the last attempt in place parks the lane", transient, { attempt: 3 }, { action: "park" }],
    [
      "a parked message is retried where it is",
      transient,
      { attempt: 9, parked: true },
      { action: "retry", delayMs: 60_000 },
    ],
    ["a target that is down uses up no attempts", down, { attempt: 9 }, { action: "retry" }],
    ["where too much waits the first failure parks the lane", transient, { crowded: true }, { action: "park" }],
    ["the same where only this message finds the target down", down, { crowded: true }, { action: "park" }],
    ["a crowd changes nothing for a parked message", transient, { crowded: true, parked: true }, { action: "retry" }],
    [
      "a target's own wish for patience is granted",
      { ...transient, retryAfterMs: 90_000 },
      {},
      { action: "retry", delayMs: 90_000 },
    ],
    [
      "unknown is put up for review where repeating may do harm",
      ambiguous,
      {},
      { action: "quarantine", outcome: "Ambiguous" },
    ],
    ["unknown is repeated where the target recognises it", ambiguous, { idempotent: true }, { action: "retry" }],
    ["refused for good is put aside", permanent, {}, { action: "quarantine", outcome: "Permanent", reason: "400" }],
    [
      "refused for good holds its lane where the Integration says so",
      permanent,
      { route: { ...usual.route, onPermanent: "Block" } },
      { action: "park", delayMs: 60_000 },
    ],
    [
      "a lane that is held already stays so",
      permanent,
      { route: { ...usual.route, onPermanent: "Block" }, parked: true },
      { action: "retry", delayMs: 60_000 },
    ],
  ];
  test.each(cases)("%s", (_title, outcome, circumstances, expected) => {
    expect(decide(outcome, { ...usual, ...circumstances })).toMatchObject(expected);
  });
});
