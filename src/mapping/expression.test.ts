import { describe, expect, it } from "vitest";
import { compileExpression } from "./expression.ts";

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

const evaluate = (source: string, input: unknown = BUNDLE, bindings: Record<string, unknown> = { message: MESSAGE }) =>
  compileExpression(source).evaluate(input, bindings);

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
