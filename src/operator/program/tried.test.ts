import { expect, test } from "vitest";
import { aContractVersion, aWorld } from "../../../test/builders/resources.ts";
import type { ContractVersion } from "../../api/contractversion.ts";
import { judgeState } from "../../policy/state.ts";
import { Tried } from "./tried.ts";

const tried = new Tried(1500);

async function said(...versions: ContractVersion[]): Promise<string[]> {
  const judged = judgeState(aWorld(...versions), 0, { rules: await tried.rules(versions) });
  return judged.flatMap(({ resource, verdicts }) =>
    verdicts.map(({ severity, rule, path }) => `${severity} ${rule} ${resource.metadata.name} ${path}`),
  );
}

const lower = aContractVersion({
  json: { schema: { required: ["ward"] } },
  examples: [{ name: "admission", payload: { ward: "north" } }],
});
const higher = (to: string) =>
  aContractVersion({
    version: "1.1.0",
    json: { schema: { required: ["unit"] } },
    translations: [{ from: "1.0.0", patch: [{ op: "move", from: "/ward", path: `/${to}` }] }],
  });
const right = higher("unit");

test("Contract tests deny examples that fail, and of two versions the one whose translation does", async () => {
  const failing = aContractVersion({ contract: "bed", json: lower.spec.json, examples: [{ name: "a", payload: {} }] });
  expect(await said(lower, right, failing)).toEqual([
    "Deny compatibility/example-fails bed-v1.0.0 spec.examples[0].payload",
  ]);
  const wrong = higher("ward");
  const denied = ["Deny compatibility/translation-fails visit-v1.1.0 spec.translations[0]"];
  expect(await said(lower, wrong)).toEqual(denied);
  // What is known is not tried again, and is the same.
  expect(await said(lower, wrong)).toEqual(denied);
  const shorter = { ...lower, spec: { ...lower.spec, examples: [] } };
  expect(await said(shorter, wrong)).toEqual([]);
});

test("Contract tests that never end are ended, and others are tried after them", async () => {
  const next = (i: number) => ({ $ref: `#/$defs/d${i}` });
  const $defs = Object.fromEntries(
    Array.from({ length: 50 }, (_, i) => [`d${i}`, { anyOf: [next(i + 1), next(i + 1)] }]),
  );
  const endless = aContractVersion({
    contract: "endless",
    json: { schema: { ...next(0), $defs: { ...$defs, d50: { type: "null" } } } },
    examples: [{ name: "short", payload: 1 }],
  });
  const failing = aContractVersion({ contract: "bed", json: lower.spec.json, examples: [{ name: "a", payload: {} }] });
  expect(await said(endless, failing)).toEqual([
    "Deny compatibility/example-fails endless-v1.0.0 spec.examples",
    "Deny compatibility/example-fails bed-v1.0.0 spec.examples[0].payload",
  ]);
});
