import { expect, test } from "vitest";
import { type Unmapped, driftOf } from "./unmapped.ts";

test.each([
  ["ZPI: segment not mapped", "Segment", "ZPI"],
  ["OBX: segment not mapped", "Segment", "OBX"],
  ["PV1: no visit", "Segment", "PV1"],
  ["PID-3.6: component not mapped", "Field", "PID-3.6"],
  ["PV1-4: code not mapped", "Code", "PV1-4"],
  ["PID: bytes outside the declared character set", "Value", "PID"],
])("%s is drift of a %s at %s", (unmapped, kind, position) => {
  expect(driftOf(unmapped as Unmapped)).toEqual({ kind, position });
});

test("A segment that no standard and no agreement names may be a word of a line that was broken, and has no name", () => {
  expect(driftOf("EVA: segment not mapped")).toEqual({ kind: "Segment", position: "*" });
});
