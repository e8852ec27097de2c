import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { processorMs } from "../../base/clock.ts";
import { programOf } from "./compile.ts";
import { patternTest, regexEngine } from "./engine.ts";

const never = () => {};

/** All matches by the threads alone, and by the engine as it is, which must not differ. */
function matches(pattern: RegExp, text: string): unknown[] {
  const found = collect(new (regexEngine(never))(pattern), text);
  expect(collect(byThreads(pattern), text)).toEqual(found);
  return found;
}

function byThreads(pattern: RegExp) {
  const slow = new RegExp(pattern.source, pattern.flags);
  programOf(slow).cost = { factor: Infinity, degree: 0 };
  return new (regexEngine(never))(slow);
}

function builtIn(pattern: RegExp, text: string): unknown[] {
  return collect(new RegExp(pattern.source, pattern.flags), text);
}

/** All matches from left to right, as callers that go on at `lastIndex` see them, the first empty one being the last. */
function collect(engine: { lastIndex: number; exec(text: string): RegExpExecArray | null }, text: string): unknown[] {
  const found: unknown[] = [];
  for (let match = engine.exec(text); match !== null && match[0] !== ""; match = engine.exec(text)) {
    found.push([match.index, ...match]);
  }
  return found;
}

function isAccepted(pattern: RegExp): boolean {
  try {
    return programOf(pattern).instructions.length > 0;
  } catch {
    return false;
  }
}

function isAsBuiltIn(source: string, text: string, flags: string): void {
  const pattern = new RegExp(source, flags);
  fc.pre(isAccepted(pattern));
  expect(matches(pattern, text)).toEqual(builtIn(pattern, text));
}

describe("the regular expression engine", () => {
  it.each([
    [/(\d{3})-(\d{2})-(\d{4})/g, "SSN 123-45-6789, then 987-65-4321"],
    [/^([A-Z]{3})\|(.*)$/gm, "PID|1|x\nPV1|2\r\nOBX"],
    [/(z)((a+)?(b+)?(c))*/g, "zaacbbbcac"],
    [/(a|ab)(c|bcd)(d*)/g, "abcd"],
    [/a+?b??c{2,3}?/g, "aabccc"],
    [/[^\d\s,;]+/g, "a1 b2,c;ö€😀"],
    [/[\]\\/^-]+/g, "a]\\/^-b"],
    [/\bfoo\b|\Boo/g, "foo food afoo oo"],
    [/straße|ÄÖ/gi, "STRASSE STRAßE äö"],
    [/\x41\u0042\cJ?\t/g, "AB\n\tAB\t"],
    [/(?<year>\d{4})(?:-(?<month>\d\d))?/g, "2026-11 1999"],
    [/a{,3}|x{y|\//g, "a{,3} x{y /"],
    [/()|a/g, "a"],
    [/.+/g, "one\ntwo\u2028three"],
    [/[^]/g, "\n"],
    [/a{2}{/g, "aa{"],
  ])("finds what the built-in one finds: %s", (pattern, text) => {
    expect(matches(pattern, text)).toEqual(builtIn(pattern, text));
  });

  it("finds what the built-in one finds in patterns and texts of all kinds", () => {
    const unit = fc.constantFrom("a", "b", "c", ".", "\\d", "\\w", "[ab]", "[^a]", "\\.", "1", "-");
    const quantifier = fc.constantFrom("", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,2}?", "{2,}");
    const { pattern } = fc.letrec<{ pattern: string; atom: string }>((tie) => ({
      atom: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        unit,
        fc.constantFrom("^", "$", "\\b", "\\B"),
        fc.tuple(fc.constantFrom("(", "(?:"), tie("pattern")).map(([open, body]) => `${open}${body})`),
      ),
      pattern: fc
        .array(fc.tuple(tie("atom"), quantifier), { maxLength: 4 })
        .map((items) => items.map(([atom, sign]) => (/^[\^$]$|^\\[bB]$/.test(atom) ? atom : atom + sign)).join(""))
        .chain((left) =>
          fc.option(fc.constantFrom("a", "bc", "")).map((right) => (right === null ? left : `${left}|${right}`)),
        ),
    }));
    const text = fc.string({ unit: fc.constantFrom(..."abc1-.\n"), maxLength: 12 });
    const flags = fc.constantFrom("g", "gi", "gm");
    fc.assert(fc.property(pattern, text, flags, isAsBuiltIn), { numRuns: 3000, seed: 7 });
  });

  it.each([
    ["nested repetition", /^(a+)+$/g, `${"a".repeat(50_000)}b`],
    ["overlapping alternatives", /^(a|aa)*$/g, `${"a".repeat(50_000)}b`],
    ["many repetitions in a row", /a*a*a*a*a*a*b/g, "a".repeat(50_000)],
    ["an address pattern of the wild", /^([a-zA-Z0-9])(([-.]|[_]+)?([a-zA-Z0-9]+))*@$/g, "a".repeat(50_000)],
  ])("takes bounded time for %s", (_what, pattern, text) => {
    const begin = processorMs();
    expect(matches(pattern, text)).toEqual([]);
    expect(processorMs() - begin).toBeLessThan(10_000);
  });

  it.each([
    [/^\d{4}-\d\d$/g, { factor: 1, degree: 0 }],
    [/^[a-z]{1,8}$/g, { factor: 8, degree: 0 }],
    [/a+b/g, { factor: 1, degree: 2 }],
    [/^(a|b|c)(d|e)?$/g, { factor: 12, degree: 0 }],
    [/^\w+@\w+$/g, { factor: 1, degree: 2 }],
    [/^\w+$/gm, { factor: 1, degree: 2 }],
    [/^(a+){3}$/g, { factor: 1, degree: 3 }],
    [/^(ab+)*$/g, { factor: Infinity, degree: 0 }],
    [/^(a|b)+$/g, { factor: Infinity, degree: 0 }],
  ])("knows how many ways backtracking may try: %s", (pattern, cost) => {
    expect(programOf(pattern).cost).toEqual(cost);
  });

  it("lets the clock stop it on a long text", () => {
    let looks = 0;
    const stop = () => {
      if (++looks === 3) throw new Error("stopped");
    };
    const engine = new (regexEngine(stop))(/b/g);
    expect(() => engine.exec("a".repeat(30_000))).toThrow("stopped");
  });

  it("tests a text for a pattern anywhere in it, any number of times", () => {
    const test = patternTest("b+", never);
    expect([test("abb"), test("abb"), test("a"), test("b")]).toEqual([true, true, false, true]);
  });

  it.each([
    [/(a)\1/g, "back reference"],
    [/(?<x>a)\k<x>/g, "back reference"],
    [/a(?=b)/g, "look-ahead"],
    [/(?<!a)b/g, "look-behind"],
    [/(a*)*b/g, "may be empty"],
    [/(?:|a)+?b/g, "may be empty"],
    [/(a{100}){100}/g, "too large"],
    [new RegExp(`${"(".repeat(200)}a${")".repeat(200)}`, "g"), "nested deeper"],
  ])("refuses %s", (pattern, why) => {
    expect(() => programOf(pattern)).toThrow(why);
  });
});
