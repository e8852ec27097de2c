import { expect, test } from "vitest";
import { Lanes } from "./lanes.ts";

const item = (name: string, ...keys: string[]) => ({ name, keys });

test("only the oldest under a key is ready", () => {
  const lanes = new Lanes<ReturnType<typeof item>>();
  const [a1, a2, b1] = [item("a1", "a"), item("a2", "a"), item("b1", "b")];
  expect([lanes.add(a1), lanes.add(a2), lanes.add(b1)]).toEqual([true, false, true]);
  expect(lanes.remove(a1)).toEqual([a2]);
  expect(lanes.remove(b1)).toEqual([]);
  expect(lanes.size).toBe(1);
});

test("a merge waits for everything before it under both keys, and holds back what follows under either", () => {
  const lanes = new Lanes<ReturnType<typeof item>>();
  const [a1, b1] = [item("a1", "a"), item("b1", "b")];
  const merge = item("merge", "a", "b");
  const [a2, b2] = [item("a2", "a"), item("b2", "b")];
  for (const i of [a1, b1, merge, a2, b2]) lanes.add(i);
  expect(lanes.remove(a1)).toEqual([]);
  expect(lanes.remove(b1)).toEqual([merge]);
  expect(lanes.remove(merge)).toEqual([a2, b2]);
});

test("an item removed from the middle of its lane readies nobody", () => {
  const lanes = new Lanes<ReturnType<typeof item>>();
  const [a1, a2, a3] = [item("a1", "a"), item("a2", "a"), item("a3", "a")];
  for (const i of [a1, a2, a3]) lanes.add(i);
  expect(lanes.remove(a2)).toEqual([]);
  expect(lanes.remove(a1)).toEqual([a3]);
});
