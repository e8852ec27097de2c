import { expect, test } from "vitest";
import { aPolicyException } from "../../../test/builders/resources.ts";
import { changesAfterMs, policyExceptionVerdicts } from "./policyexception.ts";

const DAY = 86_400_000;
const created = aPolicyException();
const exception = { ...created, metadata: { ...created.metadata, creationTimestamp: "2027-03-01T00:00:00Z" } };
const asked = { ...exception, spec: { ...exception.spec, approvals: undefined } };
const END = Date.parse("2027-05-01T00:00:00Z");

test.each([
  [exception, END - 1, "InForce", "1 day left, until 2027-05-01T00:00:00Z; review it on 2027-04-01T00:00:00Z"],
  [exception, END - 30 * DAY, "InForce", "30 days left"],
  [exception, END, "Expired", "it ended on 2027-05-01T00:00:00Z: delete it"],
  [asked, END - DAY, "AwaitingApproval", "nobody has approved it yet; 1 day left"],
  [asked, END, "Expired", "it ended"],
])("says what counts and for how long", (given, now, reason, message) => {
  const { Ready } = policyExceptionVerdicts({ exception: given, invalid: [], now });
  expect([Ready?.reason, Ready?.message]).toEqual([reason, expect.stringContaining(message)]);
});

test("is said anew as each day is over, and at the end", () => {
  const half = DAY / 2;
  expect([
    changesAfterMs(exception, END - 2 * DAY),
    changesAfterMs(exception, END - 2 * DAY - half),
    changesAfterMs(exception, END - half),
    changesAfterMs(exception, END),
  ]).toEqual([DAY, half, half, undefined]);
});
