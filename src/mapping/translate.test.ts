import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ContractVersionSpec, Translation } from "../api/contractversion.ts";
import { compileTranslation, planTranslation, translate } from "./translate.ts";

function version(number: string, translations: Translation[] = [], contract = "member"): ContractVersionSpec {
  return {
    contract,
    version: number,
    domain: "members",
    owner: "Members <m@plan.example>",
    json: { schema: {} },
    translations,
  };
}

const noOp = (edge: { from: string } | { to: string }): Translation => ({ ...edge, patch: [] });

const route = (versions: ContractVersionSpec[], from: string, to: string) =>
  planTranslation(versions, "member", from, to)?.map(({ by }) => by.from ?? by.to);

describe("the way from one version to another", () => {
  const chain = [
    version("1.0.0"),
    version("1.1.0", [noOp({ from: "1.0.0" }), noOp({ to: "1.0.0" })]),
    version("2.0.0", [noOp({ from: "1.1.0" }), noOp({ to: "1.1.0" })]),
  ];

  it("is empty where there is nothing to do", () => {
    expect(route(chain, "1.0.0", "1.0.0")).toEqual([]);
  });

  it("leads over neighbours, up and down", () => {
    expect(route(chain, "1.0.0", "2.0.0")).toEqual(["1.0.0", "1.1.0"]);
    expect(route(chain, "2.0.0", "1.0.0")).toEqual(["1.1.0", "1.0.0"]);
  });

  it("is the shortest", () => {
    const direct = [...chain, version("2.1.0", [noOp({ from: "2.0.0" }), noOp({ from: "1.0.0" })])];
    expect(route(direct, "1.0.0", "2.1.0")).toEqual(["1.0.0"]);
  });

  it("is the one declared first among equals", () => {
    const patch = (path: string): Translation["patch"] => [{ op: "add", path, value: 1 }];
    const two = [
      version("2.0.0", [
        { from: "1.0.0", patch: patch("/a") },
        { from: "1.0.0", patch: patch("/b") },
      ]),
    ];
    expect(planTranslation(two, "member", "1.0.0", "2.0.0")?.[0]?.by.patch?.[0]?.path).toBe("/a");
  });

  it("is undefined where no translation leads there, and does not circle", () => {
    const circle = [version("1.0.0", [noOp({ from: "2.0.0" })]), version("2.0.0", [noOp({ from: "1.0.0" })])];
    expect(route(circle, "1.0.0", "3.0.0")).toBeUndefined();
    expect(route([version("1.0.0"), version("2.0.0")], "1.0.0", "2.0.0")).toBeUndefined();
  });

  it("stays within the contract", () => {
    const other = version("2.0.0", [noOp({ from: "1.0.0" })], "claim");
    expect(route([version("1.0.0"), other], "1.0.0", "2.0.0")).toBeUndefined();
  });
});

describe("a translation", () => {
  const up: Translation = {
    from: "1.0.0",
    patch: [
      { op: "move", from: "/phone", path: "/telecom" },
      { op: "add", path: "/version", value: 2 },
    ],
  };
  const down: Translation = {
    to: "1.0.0",
    jsonata: `$merge([$sift($, function($v, $k) { $not($k in ["telecom", "version"]) }), { "phone": telecom }])`,
  };

  it("by patch and by expression leads there and back", async () => {
    const payload = fc.record({ phone: fc.string(), name: fc.string(), list: fc.array(fc.integer()) });
    await fc.assert(
      fc.asyncProperty(payload, async (member) => {
        const upper = await translate(member, up);
        expect(upper).toEqual({ telecom: member.phone, name: member.name, list: member.list, version: 2 });
        expect(await translate(await translate(member, up), down)).toEqual(member);
      }),
      { numRuns: 50 },
    );
  });

  it("changes neither the payload nor its own values", async () => {
    const payload = Object.freeze({ phone: "1", nested: Object.freeze({ a: 1 }) });
    const growing: Translation = {
      from: "1.0.0",
      patch: [
        { op: "add", path: "/list", value: [] },
        { op: "add", path: "/list/-", value: 1 },
        { op: "replace", path: "/nested/a", value: 2 },
      ],
    };
    const expected = { phone: "1", nested: { a: 2 }, list: [1] };
    expect(await translate(payload, growing)).toEqual(expected);
    expect(await translate(payload, growing)).toEqual(expected);
    expect(payload).toEqual({ phone: "1", nested: { a: 1 } });
  });

  it.each<[string, NonNullable<Translation["patch"]>[number], string]>([
    [
      "a target that is absent",
      { op: "remove", path: "/a/b" },
      "patch[0] (remove /a/b) does not apply: its path leads nowhere",
    ],
    [
      "a source that is absent",
      { op: "move", from: "/x", path: "/y" },
      "patch[0] (move /y) does not apply: its `from` leads nowhere",
    ],
    ["a parent that is absent", { op: "add", path: "/x/y", value: 1 }, "the place to add to does not exist"],
    ["a value that differs", { op: "test", path: "/phone", value: "2" }, "the document has another value there"],
    ["a list used as an object", { op: "add", path: "/list/name", value: 1 }, "no index where the document has a list"],
    ["an index beyond the end", { op: "add", path: "/list/7", value: 1 }, "its index is beyond the end of the list"],
    ["a step into a text", { op: "add", path: "/phone/a/b", value: 1 }, "does not apply"],
  ])("fails for %s and quotes no value", async (_what, operation, why) => {
    const error = await translate({ phone: "CANARY", list: ["CANARY"] }, { from: "1.0.0", patch: [operation] }).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({
      code: "TranslationFailed",
      message: expect.stringContaining("translation from 1.0.0: patch[0]"),
    });
    expect(String(error)).toContain(why);
    expect(String(error)).not.toContain("CANARY");
  });

  it("says which one failed when its expression does", async () => {
    const failing: Translation = { to: "1.0.0", jsonata: "phone + 1" };
    await expect(translate({ phone: "CANARY" }, failing)).rejects.toMatchObject({
      code: "ExpressionFailed",
      message: expect.stringMatching(/^translation to 1\.0\.0: the expression failed at line 1/),
    });
    await expect(translate({}, { to: "1.0.0", jsonata: "nothing" })).rejects.toMatchObject({
      code: "TranslationFailed",
    });
  });

  it.each<[string, NonNullable<Translation["patch"]>[number]]>([
    ["a prototype", { op: "add", path: "/__proto__/polluted", value: true }],
    ["a prototype behind an escape", { op: "copy", from: "/constructor/prototype", path: "/a" }],
    ["a path that is no pointer", { op: "remove", path: "phone" }],
    ["a wrong escape", { op: "remove", path: "/a~2" }],
    ["an operation without value", { op: "add", path: "/a" }],
    ["an operation without from", { op: "move", path: "/a" }],
  ])("is refused for %s before it runs", async (_what, operation) => {
    const translation: Translation = { from: "1.0.0", patch: [operation] };
    expect(() => compileTranslation(translation)).toThrow(expect.objectContaining({ code: "TranslationInvalid" }));
    await expect(translate({}, translation)).rejects.toMatchObject({ code: "TranslationInvalid" });
    expect({}).not.toHaveProperty("polluted");
  });
});
