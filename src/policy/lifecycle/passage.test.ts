import { describe, expect, test } from "vitest";
import { phaseAt } from "./phase.ts";
import { EXTENDING } from "../../compile/extensions.ts";
import { RULE_IDS } from "../rule.ts";
import { heldFrom, loudFrom, passageAt } from "./passage.ts";

const at = (day: string): number => Date.parse(`${day}T00:00:00Z`);
const LIFE = {
  publishedOn: "2027-01-01T00:00:00Z",
  deprecatedOn: "2027-02-01T00:00:00Z",
  sunsetOn: "2027-05-01T00:00:00Z",
  retiredOn: "2027-06-01T00:00:00Z",
};
const passages = (afterSunset: "Warn" | "Block" | undefined, extendedUntil?: number) =>
  ["2026-01-01", "2027-01-01", "2027-04-30", "2027-05-01", "2027-05-31", "2027-06-01"].map((day) =>
    passageAt({ lifecycle: LIFE, afterSunset }, at(day), extendedUntil),
  );

describe("Messages of a version", () => {
  test("pass loudly from the sunset on, and wait from its retirement on", () => {
    const expected = ["Open", "Open", "Open", "Loud", "Loud", "Held"];
    expect(passages("Warn")).toEqual(expected);
    expect(passages(undefined)).toEqual(expected);
  });

  test("wait from the sunset on where it blocks", () => {
    expect(passages("Block")).toEqual(["Open", "Open", "Open", "Held", "Held", "Held"]);
  });

  test("pass loudly while the window is extended, up to the very end of the extension", () => {
    expect(passages("Block", at("2027-05-31"))).toEqual(["Open", "Open", "Open", "Loud", "Held", "Held"]);
    expect(passages("Warn", at("2027-06-02")).at(-1)).toBe("Loud");
  });

  test("pass where no end is announced", () => {
    expect(passageAt({}, at("2099-01-01"))).toBe("Open");
    const { publishedOn, deprecatedOn } = LIFE;
    expect(passageAt({ lifecycle: { publishedOn, deprecatedOn }, afterSunset: "Block" }, at("2099-01-01"))).toBe(
      "Open",
    );
  });
});

test("They wait from the first instant that holds them, or from the end of a later extension", () => {
  expect(heldFrom({ lifecycle: LIFE, afterSunset: "Block" })).toBe(at("2027-05-01"));
  expect(heldFrom({ lifecycle: LIFE, afterSunset: "Block" }, at("2027-05-20"))).toBe(at("2027-05-20"));
  expect(heldFrom({ lifecycle: LIFE, afterSunset: "Block" }, at("2027-04-20"))).toBe(at("2027-05-01"));
  expect(heldFrom({ lifecycle: LIFE })).toBe(at("2027-06-01"));
  expect(heldFrom({ lifecycle: { ...LIFE, retiredOn: undefined }, afterSunset: "Warn" })).toBe(Infinity);
  expect(heldFrom({}, at("2027-05-20"))).toBe(Infinity);
});

test("They are told of from the very instant on at which the phase says so", () => {
  const from = loudFrom({ lifecycle: LIFE });
  expect(phaseAt(LIFE, from - 1)).toBe("Deprecated");
  expect(phaseAt(LIFE, from)).toBe("Sunset");
  expect(loudFrom({})).toBe(Infinity);
});

test("What extends a window are exceptions from rules that there are", () => {
  expect(RULE_IDS).toEqual(expect.arrayContaining([...EXTENDING]));
});
