import { describe, expect, it } from "vitest";
import { processorMs } from "../base/clock.ts";
import { compileExpression } from "./expression.ts";
import type { Stopwatches } from "./patience.ts";

const MESSAGE = { messageId: "k.m", correlationId: "k.c", event: "A01", receivedAt: "2026-03-01T10:20:30.000Z" };

/** Invented: nobody of this name exists. */
const BUNDLE = {
  resourceType: "Bundle",
  entry: [
    {
      resource: { resourceType: "Patient", birthDate: "1980-02-03", name: [{ family: "CANARY", given: ["Ada", "B"] }] },
    },
    { resource: { resourceType: "Encounter", class: { code: "IMP" }, period: { start: "2026-03-01" } } },
  ],
};

/** Every kind of step that hands on parts of the input, one a line. */
const READERS = `
$
$[]
*
**
entry
entry[]
[entry]
entry[[0..1]]
entry.resource.name.given[]
(entry[0]).resource.name[]
entry^(resource.resourceType)
entry{ resource.resourceType: $ }
entry.{ 'type': resource.resourceType }[]
entry.resource.%.resource
entry@$e.{ 'x': $e.resource }
entry#$i.{ 'i': $i }
$keys(entry)
$reverse(entry)
$append(entry, entry)
$append(entry, [])
$sort(entry.resource.name.given)
$merge(entry)
$zip(entry, entry)
$distinct(entry)
$spread(entry)
$lookup(entry, 'resource')
$single(entry.resource.name)
$map(entry, function($v) { $v })
$filter(entry, function($v) { true })
$sift(entry[0], function($v) { true })
$reduce(entry, function($a, $b) { $a })
$ ~> |entry.resource[resourceType="Patient"]|{ "gender": "unknown" }, ["name"]|
`
  .trim()
  .split("\n");

const loopTurn = () => new Promise<false>((resolve) => setImmediate(resolve, false));

const evaluate = (source: string, input: unknown = BUNDLE, bindings: Record<string, unknown> = { message: MESSAGE }) =>
  compileExpression(source).evaluate(input, bindings);

/** Time that moves on by `ms` with every look at it: it is then what an expression does, however busy the machine. */
function everyLook(ms: number): Stopwatches {
  let now = 0;
  const look = () => (now += ms);
  return { monotonic: look, processorMs: look };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}

describe("an expression", () => {
  it("maps a payload and the message's metadata", async () => {
    const source = `{ "family": entry[0].resource.name.family, "given": entry[0].resource.name.given[0], "id": $message.messageId }`;
    expect(await evaluate(source)).toEqual({ family: "CANARY", given: "Ada", id: "k.m" });
  });

  it("decides over a payload", async () => {
    expect(await evaluate(`entry.resource[resourceType = "Encounter"].class.code = "IMP"`)).toBe(true);
    expect(await evaluate(`$message.event in ["A03", "A08"]`)).toBe(false);
  });

  it("reads HL7 v2 as JSON segments", async () => {
    const segments = [
      { segment: "MSH", "9.2": "A01" },
      { segment: "PID", "3.1": "4711" },
    ];
    expect(await evaluate(`{ "id": $[segment = "PID"]."3.1", "event": $[0]."9.2" }`, segments)).toEqual({
      id: "4711",
      event: "A01",
    });
  });

  it("may apply functions in part, those with limits too", async () => {
    expect(await evaluate(`($wide := $pad(?, 3, "-"); $wide("a"))`)).toBe("a--");
    expect(await evaluate(`$map(["1", "1"], $distinct)`)).toEqual(["1", "1"]);
    expect(await evaluate(`($at := $toMillis(?, "[H]:[m]"); $fromMillis($at("08:15")))`)).toBe(
      "2026-03-01T08:15:00.000Z",
    );
  });

  it("keeps a list of one where it is asked to", async () => {
    expect(await evaluate("entry[0].resource.name[]")).toStrictEqual(BUNDLE.entry[0]?.resource.name);
  });

  it("yields undefined where it selects nothing", async () => {
    expect(await evaluate("entry.resource.nothing")).toBeUndefined();
  });

  it("neither changes nor needs to copy its input", async () => {
    const input = deepFreeze(structuredClone(BUNDLE));
    for (const source of READERS) await evaluate(source, input);
    expect(input).toEqual(BUNDLE);
    expect(await evaluate("entry[0].resource", input)).toBe(input.entry[0]?.resource);
  });

  it("gives plain JSON: no marks on lists, no undefined, no bare prototypes", async () => {
    const list = (await evaluate("entry.resource.name.given")) as unknown[];
    expect(Reflect.ownKeys(list)).toEqual(["0", "1", "length"]);
    expect(await evaluate(`{ "a": nothing, "b": [nothing, 1], "c": { "d": entry.resource[] } }`)).toStrictEqual({
      b: [1],
      c: { d: BUNDLE.entry.map((entry) => entry.resource) },
    });
    expect(Object.getPrototypeOf(await evaluate(`{ "a": 1 }`))).toBe(Object.prototype);
  });

  it.each([
    ["a function", "$uppercase"],
    ["a function within", `{ "f": function($x) { $x } }`],
    ["a function in a list", "[1, $sum]"],
  ])("refuses %s as result", async (_what, source) => {
    await expect(evaluate(source)).rejects.toMatchObject({
      code: "ExpressionFailed",
      message: "the expression failed: the result has a function or another value that is not JSON",
    });
  });
});

describe("the same message gives the same result at any time", () => {
  it("the present is when the message was received", async () => {
    expect(await evaluate("$now()")).toBe("2026-03-01T10:20:30.000Z");
    expect(await evaluate("$millis()")).toBe(Date.parse(MESSAGE.receivedAt));
    expect(await evaluate(`$now("[Y0001][M01][D01]", "+0100")`)).toBe("20260301");
    expect(await evaluate(`$fromMillis($toMillis("08:15", "[H]:[m]"))`)).toBe("2026-03-01T08:15:00.000Z");
    expect(await evaluate(`$toMillis("2026-01-02T03:04:05Z")`)).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
  });

  it("without a message there is no present", async () => {
    await expect(evaluate("$now()", {}, {})).rejects.toMatchObject({
      code: "ExpressionFailed",
      message: /here is none/,
    });
    expect(await evaluate(`$fromMillis($toMillis("08:15", "[H]:[m]"))`, {}, {})).toBe("1970-01-01T08:15:00.000Z");
  });

  it.each([
    ["$random()", "replay"],
    ["$shuffle([1,2])", "replay"],
    [`entry.$eval("1")`, "text comes from payloads"],
    ["($f := $random; $f())", "replay"],
  ])("%s is refused before it runs", (source, why) => {
    expect(() => compileExpression(source)).toThrow(why);
  });
});

describe("an expression that is wrong", () => {
  it("says where", () => {
    expect(() => compileExpression(`{\n  "a": 1,\n  "b": (2\n}`)).toThrow(
      /^the expression is wrong at line 4, column \d+: /,
    );
  });

  it.each(["", "(", "{", '"', "a[", "$f(", "/x", "/(/", "a b", "x := 1", "(".repeat(10_000), "/(a)\\1/"])(
    "does not compile: %.20s",
    (source) => {
      expect(() => compileExpression(source)).toThrow(expect.objectContaining({ code: "ExpressionSyntax" }));
    },
  );
});

describe("a name that nothing binds", () => {
  it.each([
    ["$uppercas(entry)", "line 1, column 9: $uppercas does not exist"],
    ["entry.\n$map(resource, $uppercas)", "line 2, column 24: $uppercas does not exist"],
    ["entry ~> $uppercas", "line 1, column 18: $uppercas does not exist"],
    ["entry ~> $uppercas(?)", "line 1, column 18: $uppercas does not exist"],
    ["$substring(?, 1) ~> $trim ~> $uppercas", "$uppercas does not exist"],
    ["entry[$not($exits(resource))]", "$exits does not exist"],
    ["{ 'a': [1, $b()] }", "$b does not exist"],
    ["entry^(>$nmber(id))", "$nmber does not exist"],
    ["$ ~> |entry|{ 'a': $b() }|", "$b does not exist"],
    ["($f := function($x) { $g($x) }; $f(1))", "$g does not exist"],
    ["$mesage.event", "$mesage does not exist"],
    ["$constructor()", "$constructor does not exist"],
    ["$b($a())", "$b does not exist"],
    ["uppercase(entry)", "line 1, column 10: uppercase is called without its $: write $uppercase"],
    ["entry.resource.uppercase(id)", "uppercase is called without its $"],
    ["entry ~> uppercase(?)", "uppercase is called without its $"],
  ])("is refused before %j runs, with its place", (source, why) => {
    expect(() => compileExpression(source)).toThrow(
      expect.objectContaining({ code: "ExpressionSyntax", message: expect.stringContaining(why) }),
    );
  });

  it.each([
    ["$uppercase('a')", "A"],
    ["$map(['a'], $uppercase)[0]", "A"],
    ["'a' ~> $uppercase", "A"],
    ["('a' ~> $uppercase ~> $lowercase)", "a"],
    ["($cut := $substring(?, 1); $cut('ab'))", "b"],
    ["($f := function($n) { $n = 0 ? 'end' : $f($n - 1) }; $f(3))", "end"],
    ["(function($x) { $x })('x')", "x"],
    ["(λ($x) { $x })('x')", "x"],
    ["($up := $trim ~> $uppercase; $up(' a '))", "A"],
    [
      "($even := function($n) { $n = 0 or $odd($n - 1) }; $odd := function($n) { $n > 0 and $even($n - 1) }; $even(4))",
      true,
    ],
    ["$reduce([1, 2], function($sum, $v) { $sum + $v })", 3],
    ["$$.entry@$e.$e.resource.resourceType[0]", "Patient"],
    ["entry#$i.$i", [0, 1]],
    ["entry[resource]#$i.$i", [0, 1]],
    ["{ 'f': function($x) { $x } }.f('x')", "x"],
    ["{ 'count': function($x) { $x } }.count('x')", "x"],
    ["$uppercase(entry[0].resource.resourceType)", "PATIENT"],
    ["$now()", MESSAGE.receivedAt],
    ["$message.event", "A01"],
    ["entry.resource.%.resource[0].resourceType[0]", "Patient"],
  ])("but not what is bound somewhere: %s", async (source, result) => {
    expect(await evaluate(source)).toEqual(result);
  });
});

describe("an expression that fails", () => {
  it.each([
    ["$number(entry[0].resource.name.family)", "a text could not be read as a number (D3030)"],
    ["entry[0].resource.name.family + 1", "the left side of an operator is no number (T2001)"],
    ["$error(entry[0].resource.name.family)", "$error was called (D3137)"],
    ["$assert(false, entry[0].resource.name.family)", "$assert was not satisfied (D3141)"],
    ["$toMillis(entry[0].resource.name.family)", "a text could not be read as a time"],
    ["{ entry[0].resource.name.family: 1, 'CANARY': 2 }", "two keys of an object are the same"],
    ["-entry[0].resource.name.family", "a minus sign stands before something that is no number"],
    ["($f := entry; $f(entry))", "what was called is no function"],
    ["$sum(entry.resource.name.family)", "an argument of a function"],
    [`$pad("CANARY", 1e9)`, "$pad is limited to 65536 characters"],
    ["$distinct([1..6000])", "$distinct is limited to 5000 values"],
    ["1/0", "the result has a number that JSON cannot hold"],
  ])("says what %s means, and never a value", async (source, why) => {
    const error = await evaluate(source).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "ExpressionFailed" });
    expect(String(error)).toContain(why);
    expect(String(error)).not.toContain("CANARY");
  });

  it("says at which line and column", async () => {
    await expect(evaluate(`(\n  $a := 1;\n  $a + entry[0].resource.name.family\n)`)).rejects.toMatchObject({
      message: expect.stringContaining("at line 3, column 6: the right side"),
    });
  });

  it("does not harm the next evaluation, not even by branches that still run", async () => {
    const expression = compileExpression(
      `{ "endless": ($f := function($n) { $f($n + 1) }; fail ? $f(0) : 1), "b": fail ? $error("x") : 2 }`,
    );
    for (let round = 0; round < 3; round++) {
      await expect(expression.evaluate({ fail: true }, {})).rejects.toMatchObject({ code: "ExpressionFailed" });
      expect(await expression.evaluate({ fail: false }, {})).toEqual({ endless: 1, b: 2 });
    }
  });
});

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
