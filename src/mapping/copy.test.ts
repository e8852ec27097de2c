import { describe, expect, it } from "vitest";
import { copyJson } from "./copy.ts";

describe("a copy of JSON", () => {
  it("shares nothing with the original", () => {
    const original = { a: [{ b: 1 }, null, "x"], c: { d: true } };
    const copy = copyJson(original);
    expect(copy).toStrictEqual(original);
    expect(copy.a[0]).not.toBe(original.a[0]);
    expect(copy.c).not.toBe(original.c);
  });

  it("keeps a member called __proto__ a member", () => {
    const original = JSON.parse(`{ "__proto__": { "polluted": true }, "x": { "__proto__": [1] } }`) as Record<
      string,
      unknown
    >;
    const copy = copyJson(original);
    expect(JSON.stringify(copy)).toBe(JSON.stringify(original));
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect((copy as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
