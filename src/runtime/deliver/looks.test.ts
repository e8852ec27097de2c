import { expect, test } from "vitest";
import { eventually } from "../../../test/builders/eventually.ts";
import { type Look, Looks } from "./looks.ts";

/** Looks that end when they are told to. */
function create(atOnce: number) {
  const begun: string[] = [];
  const ends: ((result: Look) => void)[] = [];
  const abort = new AbortController();
  const looks = new Looks({
    atOnce,
    look: (key) => {
      begun.push(key);
      return new Promise((resolve) => ends.push(resolve));
    },
    signal: abort.signal,
    broken: (error) => {
      throw error;
    },
  });
  return { looks, begun, abort, end: (result: Look) => ends.shift()?.(result) };
}

test("so many at once, in the order in which they were asked for", async () => {
  const { looks, begun, end } = create(2);
  for (const key of ["a", "b", "c", "d"]) looks.at(key);
  expect(begun).toEqual(["a", "b"]);
  end("done");
  await eventually(() => expect(begun).toEqual(["a", "b", "c"]));
});

test("what a look led to trying counts until it is freed", async () => {
  const { looks, begun, end } = create(1);
  looks.at("a");
  looks.at("b");
  end("tried");
  await looks.idle();
  expect(begun).toEqual(["a"]);
  looks.free();
  expect(begun).toEqual(["a", "b"]);
});

test("a key that waits is looked at once; one that is being looked at, once more", async () => {
  const { looks, begun, end } = create(1);
  looks.at("a");
  looks.at("b");
  looks.at("b");
  expect(looks.isStale("a")).toBe(false);
  looks.at("a");
  expect(looks.isStale("a")).toBe(true);
  end("done");
  await eventually(() => expect(begun).toEqual(["a", "b"]));
  end("done");
  await eventually(() => expect(begun).toEqual(["a", "b", "a"]));
  end("done");
  await looks.idle();
  expect(begun).toEqual(["a", "b", "a"]);
});

test("a look that asks for another one gets it", async () => {
  const { looks, begun, end } = create(1);
  looks.at("a");
  end("again");
  await eventually(() => expect(begun).toEqual(["a", "a"]));
  expect(looks.has("a")).toBe(true);
});

test("nothing begins once it is aborted", () => {
  const { looks, begun, abort } = create(1);
  abort.abort();
  looks.at("a");
  expect(begun).toEqual([]);
});
