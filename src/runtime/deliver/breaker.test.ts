import { expect, test } from "vitest";
import { Breaker } from "./breaker.ts";

const opened = (): Breaker => {
  const breaker = new Breaker(() => 1);
  for (const ref of ["1", "2", "3"]) breaker.failed(ref, 0);
  return breaker;
};

test("opens at the third message in a row that finds the target down", () => {
  const breaker = new Breaker(() => 1);
  expect([breaker.failed("1", 0), breaker.failed("2", 0)]).toEqual([false, false]);
  expect(breaker.answered()).toBe(false);
  expect([breaker.failed("1", 0), breaker.failed("2", 0), breaker.failed("3", 0)]).toEqual([false, false, true]);
  expect(breaker.isOpen).toBe(true);
});

test("stays closed however often the same message fails", () => {
  const breaker = new Breaker(() => 1);
  for (let i = 0; i < 100; i++) breaker.failed(String(i % 2), 0);
  expect(breaker.isOpen).toBe(false);
});

test("lets nothing through until its delay is over, then one probe at a time", () => {
  const breaker = opened();
  expect(breaker.waitMs(400)).toBe(600);
  expect(breaker.waitMs(1000)).toBe(0);
  breaker.began("4");
  expect(breaker.waitMs(1000)).toBe(Number.POSITIVE_INFINITY);
});

test("a probe that is answered closes it", () => {
  const breaker = opened();
  breaker.began("4");
  expect(breaker.answered()).toBe(true);
  expect(breaker.waitMs(0)).toBe(0);
});

test("a probe that fails opens it for longer, at most half a minute", () => {
  const breaker = opened();
  let now = 1000;
  const waits: number[] = [];
  for (let i = 0; i < 7; i++) {
    breaker.began("4");
    breaker.failed("4", now);
    waits.push(breaker.waitMs(now));
    now += waits.at(-1) ?? 0;
  }
  expect(waits).toEqual([2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test("what was under way when it opened neither prolongs it nor makes room for a second probe", () => {
  const breaker = opened();
  breaker.failed("4", 0);
  expect(breaker.waitMs(0)).toBe(1000);
  breaker.began("5");
  breaker.failed("6", 1000);
  breaker.ended("6");
  expect(breaker.waitMs(1000)).toBe(Number.POSITIVE_INFINITY);
});

test("a probe that touched nothing leaves room for the next", () => {
  const breaker = opened();
  breaker.began("4");
  breaker.ended("4");
  expect(breaker.waitMs(1000)).toBe(0);
});

test("waits as long as the target asks", () => {
  const breaker = new Breaker(() => 1);
  for (const ref of ["1", "2", "3"]) breaker.failed(ref, 0, 45_000);
  expect(breaker.waitMs(0)).toBe(45_000);
});
