import { expect, it } from "vitest";
import type { LineageRecord } from "../api/lineage.ts";
import { summarise } from "./journey.ts";

const RECORD: LineageRecord = {
  hop: "Normalised",
  at: 1,
  messageId: "m",
  correlationId: "m",
  source: "default/ehr",
  adapter: "default/ehr",
  event: "A01",
  outcome: "Published",
};

it("a message comes from where it was received, whatever becomes of a reply to it", () => {
  const lab = { source: "default/lab", adapter: "default/lab" };
  const reply: LineageRecord = { ...RECORD, ...lab, at: 2, messageId: "r", event: "reply", outcome: "Stripped" };
  const [summary, ...others] = summarise([RECORD, reply], 10);
  expect(others).toEqual([]);
  expect(summary).toMatchObject({ messageId: "m", source: "default/ehr", event: "A01" });
  expect([...(summary?.outcomes ?? [])]).toEqual([
    ["normalise → default/ehr", "Published"],
    ["normalise → default/lab", "Stripped"],
  ]);
});
