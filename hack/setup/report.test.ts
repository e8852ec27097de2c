import { parseArgs } from "node:util";
import { expect, test } from "vitest";
import { SetupError } from "./progress.js";
import { described } from "./report.ts";

/** What `parseArgs` throws over these arguments. */
function refusal(...args: string[]): unknown {
  try {
    return parseArgs({ args, options: { load: { type: "boolean" }, tag: { type: "string" } } });
  } catch (error) {
    return error;
  }
}

test.each([
  ["an option that there is not", refusal("--bogus"), /^set-up: Unknown option '--bogus'/],
  ["an option without its value", refusal("--tag"), /^set-up: Option '--tag <value>' argument missing/],
  ["a word too many", refusal("word"), /^set-up: Unexpected argument 'word'/],
  ["what the user can solve", new SetupError("install Go"), /^set-up: install Go$/],
])("%s is told in words", (_title, error, says) => {
  expect(described(error)).toMatch(says);
});

test("a mistake of ours is shown whole", () => {
  const error = new TypeError("undefined is no function");
  expect(described(error)).toBe(error);
});
