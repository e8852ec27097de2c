import { describe, expect, test } from "vitest";
import { aContractVersion, aSource, aTarget } from "../../../test/builders/resources.ts";
import { MAX_DRIFT, MAX_DRIFT_ADAPTERS } from "../../api/contractversion-status.ts";
import type { ToldDrift } from "../counts/driftboard.ts";
import { driftKey, driftNews, driftOf } from "./drift.ts";

const NOW = Date.parse("2027-03-01T12:00:00Z");
const HOUR = 3_600_000;
const users = [aSource("ehr"), aSource("lis"), aTarget("archive")];
const told = (position: string, more: Partial<ToldDrift> = {}): ToldDrift => ({
  adapter: "clinic/ehr",
  contract: "visit",
  version: "1.0.0",
  kind: "Field",
  position,
  count: 1,
  firstSeen: NOW - HOUR,
  lastSeen: NOW - 1,
  message: "k1.m",
  ...more,
});
const positions = (entries: readonly ToldDrift[]) => driftOf(entries, users, NOW).seen.map(driftKey);

describe("What status says of drift", () => {
  test("is what all Adapters saw at a position, together", () => {
    const lis = told("PID-30", { adapter: "clinic/lis", count: 4, firstSeen: NOW - 2 * HOUR, lastSeen: NOW - 9 });
    expect(driftOf([lis, told("PID-30")], users, NOW).status).toEqual({
      driftCount: 1,
      drift: [
        {
          kind: "Field",
          position: "PID-30",
          count: 5,
          firstSeen: "2027-03-01T10:00:00Z",
          lastSeen: "2027-03-01T11:59:59Z",
          message: "k1.m",
          adapters: ["clinic/ehr", "clinic/lis"],
        },
      ],
    });
  });

  test("has the most frequent in front, in one order however they come, and tells kinds apart", () => {
    const entries = [told("B"), told("A"), told("A", { kind: "Code" }), told("Z", { count: 2 })];
    expect(positions(entries)).toEqual(["Field Z", "Code A", "Field A", "Field B"]);
    expect(positions(entries.toReversed())).toEqual(positions(entries));
  });

  test("is bounded, and says how many positions there are", () => {
    const many = Array.from({ length: MAX_DRIFT + 5 }, (_, i) => told(`A-${i}`));
    const crowd = Array.from({ length: 40 }, (_, i) => `a${i}`);
    const { status } = driftOf(many, users, NOW);
    expect([status.driftCount, status.drift?.length]).toEqual([MAX_DRIFT + 5, MAX_DRIFT]);
    const ofCrowd = crowd.map((name) => told("A", { adapter: `clinic/${name}` }));
    const { seen } = driftOf(
      ofCrowd,
      crowd.map((name) => aSource(name)),
      NOW,
    );
    expect(seen[0]?.adapters).toHaveLength(MAX_DRIFT_ADAPTERS);
  });

  test("is nothing that an Adapter tells which does not use the version, nor anything in the future", () => {
    expect(
      driftOf([told("A", { adapter: "clinic/stranger" }), told("A", { adapter: "north/ehr" })], users, NOW),
    ).toEqual({ seen: [], status: {} });
    expect(driftOf([told("A", { lastSeen: NOW + HOUR })], users, NOW).seen[0]?.lastSeen).toBe("2027-03-01T12:00:00Z");
  });
});

describe("News of drift", () => {
  const version = aContractVersion();
  const seen = (...entries: ToldDrift[]) => driftOf(entries, users, NOW).seen;
  const nobody = { before: [], told: new Set<string>() };
  const newsOf = (entries: ToldDrift[], known: Partial<typeof nobody> | { before: ReturnType<typeof seen> } = {}) =>
    driftNews(version, seen(...entries), { ...nobody, ...known }, NOW)?.note;

  test("names new positions and who saw them, all at once", () => {
    expect(driftNews(version, seen(told("ZPI", { kind: "Segment" }), told("PID-30")), nobody, NOW)).toEqual({
      type: "Warning",
      reason: "Drift",
      action: "Observe",
      note: "messages have what visit 1.0.0 does not know, see status.drift: Field PID-30 (clinic/ehr), Segment ZPI (clinic/ehr)",
    });
  });

  test.each([
    ["stood in status before", [told("A")], { before: seen(told("A", { count: 9 })) }],
    ["was told by this process", [told("A")], { told: new Set(["Field A"]) }],
    ["was seen first more than a day ago", [told("A", { firstSeen: NOW - 25 * HOUR })], {}],
    ["is not there", [], {}],
  ])("is nothing that %s", (_what, entries, known) => {
    expect(newsOf(entries, known)).toBeUndefined();
  });

  test("names some of very many", () => {
    const note = newsOf(Array.from({ length: 30 }, (_, i) => told(`Patient.${"x".repeat(60)}.a${i}`)));
    expect(note).toMatch(/\.a15 \(clinic\/ehr\) and 22 more$/);
  });
});
