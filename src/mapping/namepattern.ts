import { FasciaError } from "../base/errors.ts";
import { remembered } from "../base/remembered.ts";
import { programOf } from "./regex/compile.ts";
import { patternTest } from "./regex/engine.ts";

/** More than any convention for names needs. One match of 63 characters takes milliseconds at most. */
const MAX_INSTRUCTIONS = 500;
/** Names and values of labels are shorter (RFC 1123; Kubernetes, Labels and Selectors). What is longer matches nothing. */
const MAX_TEXT = 253;

/**
 * A test whether a text as a whole matches the regular expression `source`, in time proportional to the text. Throws FasciaError
 * `ExpressionSyntax` for what is none, is too large, or has back references or look-around.
 */
export function compileNamePattern(source: string): (text: string) => boolean {
  // By itself first: `a)|(b` would be one only within the brackets.
  const { instructions } = programOf(parsed(source));
  if (instructions.length > MAX_INSTRUCTIONS)
    throw new FasciaError("ExpressionSyntax", "a pattern of names is too large: write smaller counts in {…}");
  const test = patternTest(`^(?:${source})$`, () => {});
  return (text) => text.length <= MAX_TEXT && test(text);
}

/** The same, of a pattern that is taken as it is: one that can't be compiled is refused elsewhere, and holds for nobody. */
export function isMatched(source: string, text: string): boolean {
  return matches({ source, text });
}

const tests = remembered((source: string): ((text: string) => boolean) => {
  try {
    return compileNamePattern(source);
  } catch (error) {
    if (error instanceof FasciaError) return () => true;
    throw error;
  }
}, String);

/** The same names come again and again: each time that a state is judged. */
const matches = remembered(
  ({ source, text }: { source: string; text: string }) => tests(source)(text),
  ({ source, text }) => JSON.stringify([source, text.slice(0, MAX_TEXT + 1)]),
);

function parsed(source: string): RegExp {
  try {
    return new RegExp(source);
  } catch (cause) {
    throw new FasciaError("ExpressionSyntax", "a pattern of names is no regular expression of ECMAScript", { cause });
  }
}
