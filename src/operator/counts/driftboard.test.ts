import { beforeEach, expect, test } from "vitest";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { DRIFT_KEPT_MS, type Drifted } from "../../api/drift.ts";
import { DriftBoard } from "./driftboard.ts";

const VISIT = "visit-v1.0.0";
let clock: ManualClock;
let board: DriftBoard;
/** Names that were told since they were looked at last. */
let told: string[];

beforeEach(() => {
  clock = new ManualClock();
  board = new DriftBoard(clock);
  told = [];
  board.watch(() => [VISIT, "other-v1.0.0"]).subscribe((name) => told.push(name));
});

const seen = (position: string, count = 1): Drifted => ({
  contract: "visit",
  version: "1.0.0",
  kind: "Field",
  position,
  count,
  firstSeen: clock.now(),
  lastSeen: clock.now(),
  message: "k1.m",
});
const take = (...entries: Drifted[]) => board.take(new Map(entries.length === 0 ? [] : [["clinic/ehr", entries]]));
const shown = () => board.of(VISIT).map(({ position, count }) => [position, count]);
function news(): string[] {
  const all = told;
  told = [];
  return all;
}

test("When Adapters are heard for the first time, every version is looked at, and what they tell is shown at once", () => {
  expect(board.isKnown).toBe(false);
  take(seen("PID-30"));
  expect([board.isKnown, shown()]).toEqual([true, [["PID-30", 1]]]);
  expect(new Set(news())).toEqual(new Set([VISIT, "other-v1.0.0"]));
});

test("Another position is shown once a minute at most, sums alone every ten minutes, and the same not again", () => {
  take(seen("A"));
  news();
  const rounds = (minutes: number, ...entries: Drifted[]) => {
    for (let round = 0; round < minutes * 4; round++) {
      clock.advance(15_000);
      take(...entries);
    }
    return news();
  };
  expect([rounds(0.75, seen("A"), seen("B")), shown()]).toEqual([[], [["A", 1]]]);
  expect(rounds(0.25, seen("A"), seen("B"))).toEqual([VISIT]);
  expect([rounds(9.75, seen("A", 7), seen("B")), shown()[0]]).toEqual([[], ["A", 1]]);
  expect([rounds(0.25, seen("A", 7), seen("B")), shown()[0]]).toEqual([[VISIT], ["A", 7]]);
  expect(rounds(60, seen("A", 7), seen("B"))).toEqual([]);
});

test("What is not seen for a week is shown no more, and would be news again", () => {
  const entry = seen("A");
  take(entry);
  board.tellNoMore(VISIT, ["Field A"]);
  clock.advance(DRIFT_KEPT_MS - 1);
  take(entry);
  expect([shown(), [...board.told(VISIT)]]).toEqual([[["A", 1]], ["Field A"]]);
  clock.advance(1);
  news();
  take(entry);
  expect([shown(), [...board.told(VISIT)], news()]).toEqual([[], [], [VISIT]]);
});
