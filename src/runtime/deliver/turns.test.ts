import { expect, test } from "vitest";
import type { Entry } from "./entry.ts";
import { Turns } from "./turns.ts";

const entry = (ref: string, copies: number[] = []): Entry => ({ ref, copies }) as unknown as Entry;
const parked = (ref: string): Entry => entry(ref, [1]);

/** Refs in the order in which they are let go; `ended` ends each at once. */
function drain(turns: Turns, ended: boolean): string[] {
  const refs: string[] = [];
  for (let next = turns.next(); next; next = turns.next()) {
    refs.push(next.ref);
    if (ended) turns.done(next);
  }
  return refs;
}

test("what is fresh and what is parked take turns, each in its own order", () => {
  const turns = new Turns(8);
  for (const ref of ["a", "b", "c"]) turns.add(entry(ref));
  for (const ref of ["1", "2", "3", "4"]) turns.add(parked(ref));
  expect(drain(turns, true)).toEqual(["1", "a", "2", "b", "3", "c", "4"]);
});

test("what is parked never has more than half of the ways", () => {
  const turns = new Turns(4);
  for (const ref of ["1", "2", "3"]) turns.add(parked(ref));
  for (const ref of ["a", "b"]) turns.add(entry(ref));
  expect(drain(turns, false)).toEqual(["1", "a", "2", "b"]);
  turns.done(parked("1"));
  expect(drain(turns, false)).toEqual(["3"]);
});

test("with one way both get it by turns", () => {
  const turns = new Turns(1);
  turns.add(parked("1"));
  turns.add(entry("a"));
  turns.add(parked("2"));
  expect(drain(turns, true)).toEqual(["1", "a", "2"]);
});

test("the best probe is what was tried least, and of those the one that waits longest", () => {
  const turns = new Turns(4);
  turns.add({ ...entry("often"), attempts: 9 });
  turns.add({ ...parked("1"), attempts: 2 });
  turns.add({ ...entry("never"), attempts: 0 });
  turns.add({ ...entry("never either"), attempts: 0 });
  const probes = [turns.probe(), turns.probe(), turns.probe(), turns.probe(), turns.probe()];
  expect(probes.map((probe) => probe?.ref)).toEqual(["never", "never either", "1", "often", undefined]);
});

test("tells how much is fresh", () => {
  const turns = new Turns(2);
  turns.add(entry("a"));
  turns.add(parked("1"));
  expect(turns.fresh).toBe(1);
});
