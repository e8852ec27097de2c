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

test("while fresh ones wait every fourth is a parked one, each kind in its own order", () => {
  const turns = new Turns(8);
  for (const ref of ["a", "b", "c", "d", "e"]) turns.add(entry(ref));
  for (const ref of ["1", "2", "3"]) turns.add(parked(ref));
  expect(drain(turns, true)).toEqual(["a", "b", "c", "1", "d", "e", "2", "3"]);
});

test("what is parked never has more than half of the ways", () => {
  const turns = new Turns(4);
  for (const ref of ["1", "2", "3"]) turns.add(parked(ref));
  expect(drain(turns, false)).toEqual(["1", "2"]);
  turns.add(entry("a"));
  expect(drain(turns, false)).toEqual(["a"]);
  turns.done(parked("1"));
  expect(drain(turns, false)).toEqual(["3"]);
});

test("with one way both get it by turns", () => {
  const turns = new Turns(1);
  for (const ref of ["1", "2"]) turns.add(parked(ref));
  for (const ref of ["a", "b", "c", "d"]) turns.add(entry(ref));
  expect(drain(turns, true)).toEqual(["a", "b", "c", "1", "d", "2"]);
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
