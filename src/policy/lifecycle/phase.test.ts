import { describe, expect, test } from "vitest";
import { nextInstant, phaseAt } from "./phase.ts";

const LIFE = {
  publishedOn: "2027-01-01T00:00:00Z",
  deprecatedOn: "2027-02-01T00:00:00Z",
  sunsetOn: "2027-05-01T02:00:00+02:00",
  retiredOn: "2027-06-01T00:00:00Z",
};
const at = (instant: string): number => Date.parse(instant);

describe("The phase", () => {
  test.each([
    ["2026-12-31T23:59:59Z", "Draft"],
    ["2027-01-01T00:00:00Z", "Active"],
    ["2027-01-31T23:59:59Z", "Active"],
    ["2027-02-01T00:00:00Z", "Deprecated"],
    ["2027-04-30T23:59:59Z", "Deprecated"],
    ["2027-05-01T00:00:00Z", "Sunset"],
    ["2027-06-01T00:00:00Z", "Retired"],
    ["2099-01-01T00:00:00Z", "Retired"],
  ])("at %s is %s", (instant, phase) => {
    expect(phaseAt(LIFE, at(instant))).toBe(phase);
  });

  test("is Active where nothing is said of it, and Draft where only a life begins", () => {
    expect(phaseAt(undefined, 0)).toBe("Active");
    expect(phaseAt({}, at("2099-01-01T00:00:00Z"))).toBe("Draft");
  });

  test("of instants that fall together is the last one's", () => {
    const { publishedOn } = LIFE;
    const together = { publishedOn, deprecatedOn: publishedOn, sunsetOn: publishedOn, retiredOn: publishedOn };
    expect(phaseAt(together, at(publishedOn))).toBe("Retired");
  });
});

describe("The next instant", () => {
  test("is the first one ahead, never the present one", () => {
    expect(nextInstant(LIFE, at("2026-01-01T00:00:00Z"))).toBe(at(LIFE.publishedOn));
    expect(nextInstant(LIFE, at(LIFE.publishedOn))).toBe(at(LIFE.deprecatedOn));
    expect(nextInstant(LIFE, at(LIFE.sunsetOn) - 1)).toBe(at(LIFE.sunsetOn));
  });

  test("is none after the last, and without a life", () => {
    expect(nextInstant(LIFE, at(LIFE.retiredOn))).toBeUndefined();
    expect(nextInstant({}, 0)).toBeUndefined();
    expect(nextInstant(undefined, 0)).toBeUndefined();
  });
});
