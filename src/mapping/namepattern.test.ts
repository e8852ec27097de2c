import { describe, expect, test } from "vitest";
import { compileNamePattern, isMatched } from "./namepattern.ts";

describe("A pattern of names", () => {
  test.each([
    ["ehr|lis", "ehr", true],
    ["ehr|lis", "lis", true],
    ["ehr|lis", "ehr2", false],
    ["ehr|lis", "2lis", false],
    ["[a-z]{2,5}-(adt|orders)", "ehr-adt", true],
    ["^ehr$", "ehr", true],
    [".*", "", true],
    ["a*", "a".repeat(254), false],
  ])("%s holds for the whole of %s: %s", (source, text, expected) => {
    expect(compileNamePattern(source)(text)).toBe(expected);
    // And when it is asked again.
    expect([isMatched(source, text), isMatched(source, text)]).toEqual([expected, expected]);
  });

  test.each([
    ["a)|(b", "is no regular expression"],
    ["(", "is no regular expression"],
    ["(a)\\1", "back reference"],
    ["(?!a)b", "look"],
    ["(a{1,50}){1,50}", "too large"],
  ])("%s is refused, because it %s", (source, why) => {
    expect(() => compileNamePattern(source)).toThrow(
      expect.objectContaining({ code: "ExpressionSyntax", message: expect.stringContaining(why) }),
    );
  });

  test("that is hostile takes no longer than others", () => {
    const started = performance.now();
    for (let round = 0; round < 20; round++) isMatched("(a|aa)+(b|bb)*(a+)+$", `${"a".repeat(62)}${round % 10}`);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
