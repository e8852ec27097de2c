import fc from "fast-check";
import { expect, test } from "vitest";
import { PERIOD_MS, VALID_MS, periodOf } from "./decide.ts";

const NOW = Date.UTC(2026, 0, 1, 12);

test("credentials are valid for seven days, and renewed each day", () => {
  expect(VALID_MS).toBe(7 * PERIOD_MS);
  expect(PERIOD_MS).toBe(24 * 3_600_000);
});

test("there is always exactly one period: it holds now, and ends where the next one begins", () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1_000_000_000_000, max: 4_000_000_000_000 }), (user, now) => {
      const { from, to } = periodOf(user, now);
      expect(from).toBeLessThanOrEqual(now);
      expect(to).toBe(from + PERIOD_MS);
      expect(to).toBeGreaterThan(now);
      expect(periodOf(user, to).from).toBe(to);
      expect(periodOf(user, to - 1).from).toBe(from);
      // A JWT counts seconds.
      expect(from % 1000).toBe(0);
    }),
  );
});

test("the periods of many users begin all over the day", () => {
  const hours = Array.from({ length: 240 }, (_, i) => new Date(periodOf(`ward/a${i}`, NOW).from).getUTCHours());
  expect(new Set(hours).size).toBe(24);
});
