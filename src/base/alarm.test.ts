import { expect, test } from "vitest";
import { Alarm } from "./alarm.ts";

/** A clock whose timers are rung by hand, in the order in which they were set. */
function clockAt(start: number) {
  let now = start;
  const timers = new Map<number, { at: number; action: () => void }>();
  let next = 0;
  const advance = (ms: number) => {
    now += ms;
    for (const [id, { at, action }] of timers)
      if (at <= now) {
        timers.delete(id);
        action();
      }
  };
  const after = (ms: number, action: () => void) => {
    const id = next++;
    timers.set(id, { at: now + ms, action });
    return () => void timers.delete(id);
  };
  return { now: () => now, after, advance, set: (at: number) => (now = at), pending: () => timers.size };
}

const DAY_MS = 86_400_000;

test("rings once when its instant is reached, however far ahead that was", () => {
  const clock = clockAt(0);
  let rung = 0;
  const alarm = new Alarm(clock, () => rung++);
  alarm.set(60 * DAY_MS);
  for (let i = 0; i < 60 * 144 - 1; i++) clock.advance(600_000);
  expect(rung).toBe(0);
  clock.advance(600_000);
  expect([rung, clock.pending()]).toEqual([1, 0]);
});

test("goes by the wall clock: one that was set back while it waited has it wait longer", () => {
  const clock = clockAt(0);
  let rung = 0;
  const alarm = new Alarm(clock, () => rung++);
  alarm.set(1000);
  clock.set(-5000);
  clock.advance(6000);
  clock.set(500);
  clock.advance(499);
  clock.advance(1);
  expect(rung).toBe(1);
});

test("forgets an instant when another one, or none, is set", () => {
  const clock = clockAt(0);
  let rung = 0;
  const alarm = new Alarm(clock, () => rung++);
  alarm.set(1000);
  alarm.set(2000);
  clock.advance(1500);
  expect(rung).toBe(0);
  alarm.set(undefined);
  clock.advance(1000);
  expect([rung, clock.pending()]).toEqual([0, 0]);
});

test("rings at once for an instant that is over", () => {
  const clock = clockAt(1000);
  let rung = 0;
  new Alarm(clock, () => rung++).set(500);
  clock.advance(0);
  expect(rung).toBe(1);
});
