import { describe, expect, it } from "vitest";
import { processorMs } from "../base/clock.ts";
import { compileExpression } from "./expression.ts";
import type { Stopwatches } from "./patience.ts";

const loopTurn = () => new Promise<false>((resolve) => setImmediate(resolve, false));

/** Time that moves on by `ms` with every look at it: it is then what an expression does, however busy the machine. */
function everyLook(ms: number): Stopwatches {
  let now = 0;
  const look = () => (now += ms);
  return { monotonic: look, processorMs: look };
}

describe("an expression that never ends", () => {
  const ENDLESS = {
    "a tail call": "($f := function($n) { $f($n + 1) }; $f(0))",
    "two functions that call each other": "($f := function($n) { $g($n) }; $g := function($n) { $f($n) }; $f(0))",
    "a list that multiplies": "[1..90000].[1..90000].[1..90000]",
    "a search in branches": `{ "a": ($f := function($n) { $f($n + 1) }; $f(0)), "b": ($g := function($n) { $g($n + 1) }; $g(0)) }`,
    "a regular expression over a long text": `$contains($join([1..90000].("aaaaaaaa")) , /(a|aa|aaa)+(b|c|d)(e|f)$/)`,
  };

  it.each(Object.entries(ENDLESS))("is stopped: %s", async (_what, source) => {
    const begin = processorMs();
    await expect(compileExpression(source).evaluate({}, {})).rejects.toMatchObject({
      code: "ExpressionTimeout",
      message: "the expression was stopped after 250 ms; is there an endless loop?",
    });
    expect(processorMs() - begin).toBeLessThan(10_000);
  });

  it("lets the event loop and other expressions go on meanwhile", async () => {
    const endless = compileExpression(ENDLESS["a tail call"], everyLook(0.01)).evaluate({}, {}, { ms: 400 });
    const outcome = endless.catch((error: unknown) => error);
    const quick = compileExpression("a + 1");
    let others = 0;
    const done = outcome.then(() => true);
    while (!(await Promise.race([done, loopTurn()]))) {
      expect(await quick.evaluate({ a: others }, {})).toBe(others + 1);
      others++;
    }
    expect(await outcome).toMatchObject({ code: "ExpressionTimeout" });
    expect(others).toBeGreaterThan(10);
  });

  it("many at once are stopped one after another", async () => {
    const expression = compileExpression(ENDLESS["a search in branches"]);
    const all = Array.from({ length: 5 }, () =>
      expression.evaluate({}, {}, { ms: 40 }).catch((error: unknown) => error),
    );
    for (const error of await Promise.all(all)) expect(error).toMatchObject({ code: "ExpressionTimeout" });
  });

  it("is measured by its own time, not by that of others that run meanwhile", async () => {
    const work = compileExpression("$sum([1..20000].($ * 2))", everyLook(0.001));
    const all = Array.from({ length: 12 }, () => work.evaluate({}, {}, { ms: 250 }));
    expect(await Promise.all(all)).toEqual(Array.from({ length: 12 }, () => 400_020_000));
  });

  it("is measured by the processor's time: a machine that is busy with other things stops no sound one", async () => {
    const busy = { monotonic: everyLook(1).monotonic, processorMs: everyLook(0.001).processorMs };
    const work = compileExpression("$sum([1..2000].($ * 2))", busy);
    expect(await work.evaluate({}, {}, { ms: 250 })).toBe(4_002_000);
  });

  it("is stopped by a clock that is given", async () => {
    const expression = compileExpression(ENDLESS["a tail call"], everyLook(1));
    await expect(expression.evaluate({}, {}, { ms: 100 })).rejects.toMatchObject({ code: "ExpressionTimeout" });
  });
});

describe("an expression that needs too much", () => {
  it.each([
    ["depth", "($f := function($n) { 1 + $f($n + 1) }; $f(0))", "ExpressionTooDeep"],
    ["a range", "[1..1000000]", "ExpressionFailed"],
    ["a list that doubles", "($f := function($a) { $f($append($a, $a)) }; $f([1]))", "ExpressionFailed"],
    [
      "a result that holds itself many times",
      `($f := function($n) { $n = 0 ? 1 : ($x := $f($n - 1); { "a": $x, "b": $x }) }; $f(40))`,
      "ExpressionFailed",
    ],
    [
      "a text that doubles",
      `($f := function($s, $n) { $n = 0 ? $s : $f($s & $s, $n - 1) }; $f("x", 28))`,
      "ExpressionFailed",
    ],
  ])("is stopped: %s", async (_what, source, code) => {
    await expect(compileExpression(source).evaluate({}, {})).rejects.toMatchObject({ code });
  });

  it("may recurse as deep as data is", async () => {
    const source = "($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(150))";
    expect(await compileExpression(source).evaluate({}, {})).toBe(150);
  });
});
