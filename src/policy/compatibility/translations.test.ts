import { describe, expect, test } from "vitest";
import { aContractVersion, aWorld } from "../../../test/builders/resources.ts";
import type { ContractVersion, ContractVersionSpec } from "../../api/contractversion.ts";
import { evaluate } from "../evaluate.ts";
import { judgeAndTryState } from "../trystate.ts";
import { relatedTo, translationFails } from "./translations.ts";

type Spec = Partial<ContractVersionSpec>;

const WARD = { type: "object", required: ["ward"], properties: { ward: { type: "string" } } };
const UNIT = { type: "object", required: ["unit"], properties: { unit: { type: "string", maxLength: 5 } } };
const renamed = (from: string, to: string) => ({ patch: [{ op: "move" as const, from: `/${from}`, path: `/${to}` }] });
const example = (payload: unknown, name = "admission") => ({ name, payload });

const lower = (spec: Spec = {}) => aContractVersion({ json: { schema: WARD }, ...spec });
const higher = (spec: Spec = {}) =>
  aContractVersion({ version: "1.1.0", json: { schema: UNIT }, compatibility: "None", ...spec });
const there = { from: "1.0.0", ...renamed("ward", "unit") };
const back = { to: "1.0.0", ...renamed("unit", "ward") };

async function verdictsOn(resource: ContractVersion, others: ContractVersion[], old?: ContractVersion) {
  const versions = old === undefined ? [resource] : [resource, old];
  const rule = await translationFails(versions, others, { isChange: true });
  const operation = old === undefined ? "CREATE" : "UPDATE";
  return evaluate({ operation, old, new: resource, dryRun: false, now: 0 }, aWorld(...others), [rule]);
}
const said = async (...args: Parameters<typeof verdictsOn>) =>
  (await verdictsOn(...args)).map(({ severity, path, message }) => `${severity} ${path}: ${message}`);

describe("A translation is tried on examples", () => {
  test("there and back, and nothing is said where they satisfy the other version", async () => {
    const others = [lower({ examples: [example({ ward: "north" })] })];
    const resource = higher({ translations: [there, back], examples: [example({ unit: "north" })] });
    expect(await said(resource, others)).toEqual([]);
  });

  test("of its neighbour: what does not satisfy this version is told, never what stands in it", async () => {
    const others = [lower({ examples: [example({ ward: "north" }), example({ ward: "CANARY" }, "transfer")] })];
    expect(await said(higher({ translations: [there] }), others)).toEqual([
      "Deny spec.translations[0]: example transfer of visit-v1.0.0 does not become this version: the payload breaks the " +
        "contract visit 1.1.0: /unit does not satisfy maxLength (schema #/properties/unit/maxLength); correct the " +
        "translation or the example",
    ]);
  });

  test("of its own: what does not satisfy the neighbour is told", async () => {
    const resource = higher({
      translations: [{ to: "1.0.0", jsonata: "{ 'ward': $length(unit) }" }],
      examples: [example({ unit: "north" }), example({ unit: "south" }, "transfer")],
    });
    const [text, ...more] = await said(resource, [lower()]);
    expect(text).toContain("Deny spec.translations[0]: example admission does not become visit-v1.0.0");
    expect(text).toContain("/ward does not satisfy type (schema #/properties/ward/type), and 1 more;");
    expect(more).toEqual([]);
  });

  test.each([
    ["fails", "$error('CANARY')", "the expression failed"],
    ["yields nothing", "nothing", "the expression yields nothing"],
    ["never ends", "($f := function($n) { $f($n + 1) }; $f(0))", "stopped after 250 ms"],
  ])("and an expression that %s is told", async (_title, jsonata, reason) => {
    const resource = higher({ translations: [{ from: "1.0.0", jsonata }] });
    const [text] = await said(resource, [lower({ examples: [example({ ward: "north" })] })]);
    expect(text).toContain(reason);
    expect(text).not.toContain("CANARY");
  });

  test("only where both are there, and all else about them holds", async () => {
    const resource = higher({ translations: [there], examples: [example({ unit: "too long" })] });
    expect(await said(resource, [])).toEqual([]);
    expect(await said(resource, [aContractVersion({ contract: "bed", examples: [example({})] })])).toEqual([]);
    expect(await said(resource, [lower({ examples: [example({ no: "ward" })] })])).toEqual([]);
    expect(await said(resource, [lower({ json: { schema: { type: "wrong" } }, examples: [example(1)] })])).toEqual([]);
  });

  test("and whoever changes an example is told which translation of another version it is too much for", async () => {
    const neighbour = higher({ translations: [there, back], examples: [example({ unit: "north" })] });
    const before = lower({ examples: [example({ ward: "north" })] });
    expect(await said(lower({ examples: [example({ ward: "far too long" })] }), [neighbour], before)).toEqual([
      expect.stringContaining(
        "Deny spec.examples: by spec.translations[0] of visit-v1.1.0, example admission does not become visit-v1.1.0",
      ),
    ]);
    const stricter = { ...WARD, properties: { ward: { const: "south" } } };
    expect(await said(lower({ json: { schema: stricter } }), [neighbour], before)).toEqual([
      expect.stringContaining(
        "Deny spec: by spec.translations[1] of visit-v1.1.0, example admission of visit-v1.1.0 does not become this version",
      ),
    ]);
  });

  test("and what failed before is warned of again", async () => {
    const failing = higher({ translations: [there] });
    const others = [lower({ examples: [example({ ward: "far too long" })] })];
    const texts = await said(higher({ translations: [there], description: "Moved." }), others, failing);
    expect(texts).toEqual([expect.stringContaining("Warn spec.translations[0]")]);
  });

  test("in a state, where the version that declares it is denied, and no other", async () => {
    const world = aWorld(lower({ examples: [example({ ward: "far too long" })] }), higher({ translations: [there] }));
    expect(await judgeAndTryState(world, 0)).toMatchObject([
      {
        resource: { metadata: { name: "visit-v1.1.0" } },
        verdicts: [{ rule: "compatibility/translation-fails", severity: "Deny", path: "spec.translations[0]" }],
      },
    ]);
  });
});

test("Related are versions of one contract that a translation leads between, whoever declares it", () => {
  const [one, two] = [lower(), higher({ translations: [there] })];
  const bed = aContractVersion({ contract: "bed", translations: [{ from: "1.0.0", jsonata: "$" }], version: "2.0.0" });
  const third = aContractVersion({ version: "1.2.0" });
  expect(relatedTo([one], [two, bed, third])).toEqual([two]);
  expect(relatedTo([two], [one, bed, third])).toEqual([one]);
  expect(relatedTo([third], [one, two, bed])).toEqual([]);
});
