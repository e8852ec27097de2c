import { describe, expect, it } from "vitest";
import { DRIFT_KEPT_MS, OTHERS } from "../../api/drift.ts";
import { DriftBook, MAX_POSITIONS, merged } from "./driftbook.ts";

const of = (position: string) => ({ contract: "visit", version: "1.0.0", kind: "Field" as const, position });

describe("A book of drift", () => {
  it("tells what is new once, and counts with the last message", () => {
    const book = new DriftBook();
    expect([book.count(of("PID-30"), "m1", 5), book.count(of("PID-30"), "m2", 7)]).toEqual([true, false]);
    expect(book.entries(7)).toEqual([{ ...of("PID-30"), count: 2, firstSeen: 5, lastSeen: 7, message: "m2" }]);
  });

  it("tells apart so many positions of a version, and counts the rest together", () => {
    const book = new DriftBook();
    for (let i = 0; i < MAX_POSITIONS + 9; i++) book.count(of(`ZZZ-${i}`), "m", 1);
    expect(book.entries(1)).toHaveLength(MAX_POSITIONS + 1);
    expect(book.entries(1).at(-1)).toMatchObject({ position: OTHERS, count: 9 });
  });

  it("forgets what nobody has seen for a week", () => {
    const book = new DriftBook();
    book.count(of("PID-30"), "m", 0);
    expect(book.entries(DRIFT_KEPT_MS - 1)).toHaveLength(1);
    expect(book.entries(DRIFT_KEPT_MS)).toEqual([]);
    expect(book.count(of("PID-30"), "m", DRIFT_KEPT_MS)).toBe(true);
  });

  it("adds its own to what another process has written meanwhile", () => {
    const entry = (count: number) => ({ ...of("PID-30"), count, firstSeen: 1, lastSeen: count, message: `m${count}` });
    expect(merged([entry(7)], [entry(4)], [entry(6)])).toEqual([{ ...entry(7), count: 9 }]);
  });
});
