import fc from "fast-check";
import semver from "semver";
import { describe, expect, test } from "vitest";
import { isOneMajor } from "../../src/compile/routes.ts";
import { version, versionRange } from "../../src/api/meta.ts";

const NUMBERS = fc.oneof(
  fc.nat(20),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, 1e15, 999_999_999_999_999, 1e20, "01", "00"),
);
const PARTS = fc.stringMatching(/^[0-9a-z.-]{0,12}$/);

/** Versions, and what looks like one. */
const CANDIDATES = fc
  .tuple(fc.array(NUMBERS, { minLength: 2, maxLength: 4 }), fc.option(PARTS, { nil: undefined }))
  .map(([numbers, parts]) => numbers.join(".") + (parts === undefined ? "" : `-${parts}`));

describe("A version", () => {
  test("is taken only if whoever compares versions can read it, as it stands", () => {
    const property = fc.property(CANDIDATES, (text) => {
      fc.pre(version.safeParse(text).success);
      return semver.valid(text) === text;
    });
    expect(fc.check(property, { numRuns: 1000 })).toMatchObject({ failed: false });
  });

  test.each(["0.0.0", "1.2.0", "10.20.30", "1.0.0-rc.1", "1.0.0-0", "1.0.0-0a", "1.0.0--", "999999999999999.0.0"])(
    "may be %s",
    (text) => expect(version.safeParse(text).success).toBe(true),
  );

  test.each(["1.0", "01.0.0", "1.0.0-01", "1.0.0-", "1.0.0-a..b", "1.0.0+build", "1.0.0-RC1", "1000000000000000.0.0"])(
    "may not be %s",
    (text) => expect(version.safeParse(text).success).toBe(false),
  );
});

describe("A range of versions", () => {
  const RANGES = fc
    .tuple(fc.constantFrom("", "^", "~"), CANDIDATES, fc.constantFrom("", ".x"))
    .map((parts) => parts.join(""));

  test("is taken only if it is one, within one major", () => {
    const property = fc.property(RANGES, (text) => {
      fc.pre(versionRange.safeParse(text).success);
      return isOneMajor(text);
    });
    expect(fc.check(property, { numRuns: 1000 })).toMatchObject({ failed: false });
  });

  test.each(["1.2.0", "~1.2.0", "^1.0.0", "1.2.x", "1.x", "0.x", "^1.1.0-rc.1"])("may be %s", (text) => {
    expect([versionRange.safeParse(text).success, isOneMajor(text)]).toEqual([true, true]);
  });
});
