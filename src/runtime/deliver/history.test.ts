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
  expect(historyOf({ hop: "Intent" }).isOpen("1.7", "to-billing")).toBe(true);
});
test.each(["Delivered", "Transient", "Withdrawn", "Quarantined"])("%s closes the intent", (outcome) => {
  expect(historyOf({ hop: "Intent" }, { outcome }).isOpen("1.7", "to-billing")).toBe(false);
});
test("a second intent is open again", () => {
  expect(historyOf({ hop: "Intent" }, { outcome: "Transient" }, { hop: "Intent" }).isOpen("1.7", "to-billing")).toBe(
    true,
  );
});
test.each([
  ["Delivered", true],
  ["Quarantined", true],
  ["Filtered", true],
  ["Transient", false],
])("%s is final: %s", (outcome, final) => {
  expect(historyOf({ outcome }).isFinal("1.7", "to-billing")).toBe(final);
});
test("what is final for one Integration is not for another, nor for another message", () => {
  const history = historyOf({ outcome: "Delivered" });
  expect(history.isFinal("1.7", "other")).toBe(false);
  expect(history.isFinal("1.8", "to-billing")).toBe(false);
});
test("a parked message is known", () => {
  expect(historyOf({ hop: "Parked" }).isParked("1.7")).toBe(true);
});
test("what a later record says is settled is final, though its own is not", () => {
  const history = historyOf({ outcome: "Transient", integration: "other", settled: ["to-billing"] });
  expect(history.isFinal("1.7", "to-billing")).toBe(true);
  expect(history.isFinal("1.7", "other")).toBe(false);
});
test("tells which commit said last what has to be known, and of nothing that has not", () => {
  const history = new History();
  history.add(record({ outcome: "Delivered" }), 3);
  history.add(record({ outcome: "Transient", integration: "other", settled: ["to-billing"] }), 4);
  history.add(record({ ref: "1.8", outcome: "Transient" }), 5);
  expect([history.toldBy("1.7"), history.toldBy("1.8")]).toEqual([4, undefined]);
});
test("tells how far predecessors came in the hub, stream by stream", () => {
  const history = historyOf({ ref: "1.7" }, { ref: "1.9" }, { ref: "1.8" }, { ref: "2.3" }, { ref: "1.30.r4" });
  expect([history.highest(1), history.highest(2), history.highest(3)]).toEqual([9, 3, 0]);
});
