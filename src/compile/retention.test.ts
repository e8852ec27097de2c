import { expect, test } from "vitest";
import { type Cut, purgeBelow, underPressure } from "./retention.ts";

const cut: Cut = { firstSequence: 1, lastSequence: 100, pressed: false, needed: 51, retained: 30 };

test.each<[string, Partial<Cut>, number | undefined]>([
  ["history within its retention stays", {}, 30],
  ["what somebody needs stays, however old", { needed: 11 }, 11],
  ["nothing is purged where everything is needed", { needed: 1 }, undefined],
  ["nothing is purged where everything is recent", { retained: 1 }, undefined],
  ["under pressure the older half of what nobody needs goes too", { pressed: true, retained: 1 }, 26],
  ["under pressure what is past its retention goes all the same", { pressed: true, retained: 40 }, 40],
  ["under pressure what is needed stays", { pressed: true, needed: 1, retained: 1 }, undefined],
  ["a stream that nobody reads is purged by its age alone", { needed: 500, retained: 60 }, 60],
])("%s", (_title, change, expected) => {
  expect(purgeBelow({ ...cut, ...change })).toBe(expected);
});

test("rounds under pressure free everything that nobody needs", () => {
  let first = 1;
  for (let round = 0; round < 10; round++)
    first = purgeBelow({ ...cut, firstSequence: first, pressed: true, retained: 1 }) ?? first;
  expect(first).toBe(51);
});

test("pressure begins above four fifths", () => {
  expect([underPressure(80, 100), underPressure(81, 100)]).toEqual([false, true]);
});
