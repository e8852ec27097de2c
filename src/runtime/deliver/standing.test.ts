import { expect, test } from "vitest";
import { type Knowledge, standingOf } from "./standing.ts";

const known: Knowledge = {
  streamCreated: 1000,
  floor: 10,
  highest: 20,
  holds: (sequence) => sequence === 15,
  isParked: (ref) => ref === "1000.16" || ref === "1000.25",
  willCome: (sequence) => sequence !== 30,
};

test.each([
  ["acknowledged before the term", "1000.10", "counts"],
  ["recorded as parked", "1000.16", "counts"],
  ["recorded as parked, and behind what came in this term", "1000.25", "counts"],
  ["still in a lane", "1000.15", "early"],
  ["still to come", "1000.21", "early"],
  ["never to come", "1000.30", "counts"],
  ["settled from the hub in this term", "1000.14", "void"],
  ["of an earlier stream of this name", "999.14", "counts"],
  ["a replay", "1000.14.r3", "counts"],
])("a copy of a message that is %s", (_what, ref, standing) => {
  expect(standingOf(ref, known)).toBe(standing);
});
