import { describe, expect, test } from "vitest";
import { aContractVersion, aWorld } from "../../../test/builders/resources.ts";
import type { ContractVersion, ContractVersionSpec } from "../../api/contractversion.ts";
import { evaluate } from "../evaluate.ts";
import { judgeState } from "../state.ts";
import { BREAKS_PROMISE } from "./promise.ts";

type Compatibility = ContractVersionSpec["compatibility"];

const OPEN = { type: "object" };
const WARD = { type: "object", required: ["ward"] };

/** `visit` of a version, created on a day of the year. */
function visit(version: string, schema: object, compatibility?: Compatibility, day?: string): ContractVersion {
  const made = aContractVersion({ version, json: { schema: { ...schema } }, compatibility });
  if (day !== undefined) made.metadata["creationTimestamp"] = `2027-01-${day}T00:00:00Z`;
  return made;
}
const fhir = (version: string, resources: string[], schema?: Record<string, unknown>) =>
  aContractVersion({
    version,
    json: undefined,
    fhir: { release: "R4", resources, ...(schema && { schema }) },
    compatibility: "Backward",
  });

const created = (resource: ContractVersion, ...others: ContractVersion[]) =>
  evaluate({ operation: "CREATE", new: resource, dryRun: false, now: 0 }, aWorld(...others), [BREAKS_PROMISE]);
const updated = (old: ContractVersion, resource: ContractVersion, ...others: ContractVersion[]) =>
  evaluate({ operation: "UPDATE", old, new: resource, dryRun: false, now: 0 }, aWorld(...others), [BREAKS_PROMISE]);
const severities = (verdicts: { severity: string }[]) => verdicts.map(({ severity }) => severity);

describe("A version's promise", () => {
  test.each<[Compatibility, object, object, string[]]>([
    ["Backward", OPEN, WARD, ["Deny"]],
    ["Backward", WARD, OPEN, []],
    ["Forward", OPEN, WARD, []],
    ["Forward", WARD, OPEN, ["Deny"]],
    ["Full", OPEN, WARD, ["Deny"]],
    ["Full", WARD, OPEN, ["Deny"]],
    ["Full", { enum: ["a", "b"] }, { enum: ["b", "c"] }, ["Deny", "Deny"]],
    ["Full", WARD, WARD, []],
    ["None", OPEN, { type: "null" }, []],
    [undefined, OPEN, WARD, ["Warn"]],
    [undefined, WARD, OPEN, []],
  ])("%s, from %j to %j: %j", (compatibility, before, after, expected) => {
    expect(severities(created(visit("1.1.0", after, compatibility), visit("1.0.0", before)))).toEqual(expected);
  });

  test("that is broken is told place by place, some of them, with the way out", () => {
    const properties = Object.fromEntries(["a", "b", "c", "d", "e", "f"].map((name) => [name, { type: "string" }]));
    const lower = visit("1.0.0", { type: "object", properties });
    const higher = visit("1.1.0", { type: "object", required: Object.keys(properties) }, "Backward");
    expect(created(higher, lower)).toEqual([
      {
        rule: "compatibility/breaks-promise",
        severity: "Deny",
        path: "spec.json.schema",
        message:
          "not Backward compatible with visit-v1.0.0, whose messages need not satisfy this: /a required, /b required, " +
          "/c required, /d required and 2 more; publish it as 2.0.0, or declare compatibility None",
      },
    ]);
  });

  test("of which it cannot be told whether it is broken is warned of", () => {
    const pattern = (text: string) => ({ type: "string", pattern: text });
    const [verdict] = created(visit("1.1.0", pattern("b"), "Backward"), visit("1.0.0", pattern("a")));
    expect(verdict).toMatchObject({ severity: "Warn" });
    expect(verdict?.message).toContain("cannot be told of / pattern");
  });

  test("stands beside the highest lower release of its contract and major alone", () => {
    const others = [
      visit("1.0.0", OPEN),
      visit("1.2.0", WARD),
      visit("1.3.0-rc.1", OPEN),
      visit("1.10.0", WARD),
      visit("2.0.0", OPEN),
      aContractVersion({ contract: "bed", version: "1.2.5" }),
    ];
    expect(created(visit("1.3.0", WARD, "Backward"), ...others)).toEqual([]);
    expect(created(visit("3.0.0", WARD, "Backward"), ...others)).toEqual([]);
    expect(created(visit("1.1.0-rc.1", WARD, "Backward"), ...others)).toEqual([]);
    expect(severities(created(visit("1.1.0", WARD, "Backward"), ...others))).toEqual(["Deny"]);
  });

  test("once written must hold, though its breach was only warned of before", () => {
    const lower = visit("1.0.0", OPEN);
    expect(severities(updated(visit("1.1.0", WARD), visit("1.1.0", WARD, "Backward"), lower))).toEqual(["Deny"]);
  });

  test("that was broken before is warned of again, as all else", () => {
    const broken = visit("1.1.0", WARD, "Backward");
    expect(severities(updated(broken, { ...broken }, visit("1.0.0", OPEN)))).toEqual(["Warn"]);
  });
});

describe("Of two versions that do not fit", () => {
  const promising = visit("1.1.0", WARD, "Backward", "10");

  test("the one that is slipped in before is refused, by the other's promise", () => {
    const [verdict] = created(visit("1.0.0", OPEN), promising);
    expect(verdict).toMatchObject({ severity: "Deny", path: "spec.json.schema" });
    expect(verdict?.message).toContain("visit-v1.1.0 would not be Backward compatible with this version");
    expect(verdict?.message).toContain("change this, or have visit-v1.1.0 declare compatibility None");
    expect(severities(updated(visit("1.0.0", WARD), visit("1.0.0", OPEN), promising))).toEqual(["Deny"]);
  });

  test.each([
    ["09", "visit-v1.1.0"],
    ["11", "visit-v1.0.0"],
    ["10", "visit-v1.1.0"],
    [undefined, "visit-v1.0.0"],
  ])("the later one is denied where both are there (%s)", (day, denied) => {
    const judged = judgeState(aWorld(visit("1.0.0", OPEN, undefined, day), promising), 0, { rules: [BREAKS_PROMISE] });
    expect(judged.map(({ resource }) => resource.metadata.name)).toEqual([denied]);
  });

  test("the promising one is denied in a directory, where nothing is older", () => {
    const world = aWorld(visit("1.10.0", WARD, "Backward"), visit("1.2.0", OPEN));
    expect(judgeState(world, 0, { rules: [BREAKS_PROMISE] })).toMatchObject([
      { resource: { metadata: { name: "visit-v1.10.0" } }, verdicts: [{ severity: "Deny" }] },
    ]);
  });

  test("whoever deletes the one between them is warned", () => {
    const between = visit("1.1.0", WARD, "None");
    const around = [visit("1.0.0", OPEN), visit("1.2.0", WARD, "Backward")];
    const change = { operation: "DELETE", old: between, dryRun: false, now: 0 } as const;
    expect(evaluate(change, aWorld(...around), [BREAKS_PROMISE])).toMatchObject([
      { severity: "Warn", message: expect.stringContaining("delete visit-v1.0.0 first") as string },
    ]);
    const fitting = [visit("1.0.0", WARD), visit("1.2.0", WARD, "Backward")];
    expect(evaluate(change, aWorld(...fitting), [BREAKS_PROMISE])).toEqual([]);
  });
});

describe("Of FHIR contracts", () => {
  const lower = fhir("1.0.0", ["Patient", "Coverage"], { required: ["id"] });
  const messages = (resource: ContractVersion) => created(resource, lower).map(({ message }) => message);

  test("a resource type that goes, and a schema that asks for more, break the promise", () => {
    const [message] = messages(fhir("1.1.0", ["Patient"], { required: ["id", "timestamp"] }));
    expect(message).toContain("/entry/*/resource not Coverage, /timestamp required;");
  });

  test("a resource type that comes, a schema that says what all Bundles are, and a higher level do not", () => {
    const whole = { type: "object", required: ["resourceType"], properties: { entry: { type: "array" } } };
    const higher = fhir("1.1.0", ["Patient", "Coverage", "Encounter"], whole);
    higher.spec.sensitivity = [{ path: "Patient.name", level: "Restricted", minimise: "Remove" }];
    expect(messages(higher)).toEqual([]);
  });

  test("another format breaks it", () => {
    expect(messages(visit("1.1.0", {}, "Backward"))[0]).toContain("/ JSON, not FHIR");
  });
});
