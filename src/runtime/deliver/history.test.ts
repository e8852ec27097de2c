import { expect, test } from "vitest";
import type { LineageRecord } from "../../api/lineage.ts";
import { History } from "./history.ts";

const record = (fields: Partial<LineageRecord>): LineageRecord => ({
  hop: "Delivery",
  at: 0,
  messageId: "m",
  correlationId: "m",
  source: "default/ehr",
  adapter: "default/billing",
  ref: "1.7",
  integration: "to-billing",
  ...fields,
});
const historyOf = (...records: Partial<LineageRecord>[]): History => {
  const history = new History();
  for (const r of records) history.add(record(r));
  return history;
};

test("an intent without outcome is open", () => {
  expect([...historyOf({ hop: "Intent" }).open("1.7")]).toEqual(["to-billing"]);
});
test.each(["Delivered", "Transient", "Withdrawn", "Quarantined"])("%s closes the intent", (outcome) => {
  expect([...historyOf({ hop: "Intent" }, { outcome }).open("1.7")]).toEqual([]);
});
test("a second intent is open again", () => {
  const history = historyOf({ hop: "Intent" }, { outcome: "Transient" }, { hop: "Intent" });
  expect([...history.open("1.7")]).toEqual(["to-billing"]);
});
test.each([
  ["Delivered", true],
  ["Quarantined", true],
  ["Filtered", true],
  ["Transient", false],
])("%s is final: %s", (outcome, final) => {
  expect([...historyOf({ outcome }).settled("1.7")]).toEqual(final ? ["to-billing"] : []);
});
test("what is final for one Integration is not for another, nor for another message", () => {
  const history = historyOf({ outcome: "Delivered" });
  expect([...history.settled("1.7")]).toEqual(["to-billing"]);
  expect([...history.settled("1.8")]).toEqual([]);
});
test("a parked message is known", () => {
  expect(historyOf({ hop: "Parked" }).isParked("1.7")).toBe(true);
});
