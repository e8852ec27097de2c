import { expect, test } from "vitest";
import { faultOfSchedule, isOpen, nextOpening } from "./changewindows.ts";

const at = (instant: string): number => Date.parse(instant);
/** Tuesdays from 22:00 to midnight in Berlin. */
const tuesdays = { schedule: "0 22 * * 2", durationMinutes: 120, timeZone: "Europe/Berlin" };
/** Every night over midnight, UTC. */
const nights = { schedule: "30 23 * * *", durationMinutes: 60, timeZone: "UTC" };

test.each([
  ["before it opens", "2027-03-02T20:59:59.999Z", false],
  ["when it opens", "2027-03-02T21:00:00Z", true],
  ["in its last millisecond", "2027-03-02T22:59:59.999Z", true],
  ["at its end", "2027-03-02T23:00:00Z", false],
  ["an hour earlier by UTC in summer", "2027-04-06T20:00:00Z", true],
])("a window %s", (_title, now, open) => {
  expect(isOpen([tuesdays], at(now))).toBe(open);
});

test("one of several that is open is enough, also one that began the day before", () => {
  expect(isOpen([tuesdays, nights], at("2027-03-04T00:29:00Z"))).toBe(true);
  expect(isOpen([tuesdays, nights], at("2027-03-04T00:30:00Z"))).toBe(false);
});

test("one that is opened again before it ends stays open", () => {
  const always = { schedule: "*/5 * * * *", durationMinutes: 10, timeZone: "UTC" };
  expect(isOpen([always], at("2027-03-04T00:29:00Z"))).toBe(true);
});

test("the next to open is the first of all", () => {
  const next = nextOpening([tuesdays, nights], at("2027-03-02T12:00:00Z"));
  expect([next?.at, next?.window]).toEqual([at("2027-03-02T21:00:00Z"), tuesdays]);
});

test("at a time that a change of clocks skips it opens all the same", () => {
  const early = { schedule: "30 2 * * *", durationMinutes: 30, timeZone: "Europe/Berlin" };
  expect(nextOpening([early], at("2027-03-27T12:00:00Z"))?.at).toBe(at("2027-03-28T01:00:00Z"));
});

test.each(["0 22 * *", "0 25 * * *", "x y z * *", "* * * * * *"])("%s is no schedule", (schedule) => {
  expect(faultOfSchedule(schedule)).toContain("is no cron schedule");
});

test("a day that no year has is found out, in a moment", () => {
  const begun = performance.now();
  expect(faultOfSchedule("0 0 30 2 *")).toContain("never open");
  expect(faultOfSchedule("0 22 29 2 *")).toBeUndefined();
  expect(performance.now() - begun).toBeLessThan(1000);
});
