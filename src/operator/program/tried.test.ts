import { expect, test } from "vitest";
import { aContractVersion, aWorld } from "../../../test/builders/resources.ts";
import type { ContractVersion } from "../../api/contractversion.ts";
import { judgeState } from "../../policy/state.ts";
import type { Thread } from "../admission/thread.ts";
import { Tried, loaded } from "./tried.ts";

const tried = new Tried(1500);

const said = (...versions: ContractVersion[]) => saidAt(0, tried, ...versions);
async function saidAt(now: number, trying: Tried, ...versions: ContractVersion[]): Promise<string[]> {
  const judged = judgeState(aWorld(...versions), now, { rules: await trying.rules(versions, now) });
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

test("Contract tests that came to no end, on a machine that was busy, are tried again, less and less often", async () => {
  const threads: Pick<Thread, "ask" | "end">[] = [];
  const busy = { ask: () => Promise.resolve(undefined), end: () => Promise.resolve() };
  const trying = new Tried(1500, async () => {
    threads.push(threads.length < 3 ? busy : await loaded());
    return threads.at(-1) ?? busy;
  });
  const untried = ["Deny compatibility/example-fails visit-v1.0.0 spec.examples"];
  const retries: (number | undefined)[] = [];
  for (let now = 0, left = 3; left > 0; left--) {
    expect(await saidAt(now, trying, lower)).toEqual(untried);
    retries.push(trying.nextRetry);
    const next = trying.nextRetry ?? expect.fail("nobody would try again");
    expect(await saidAt(next - 1, trying, lower)).toEqual(untried);
    expect(threads).toHaveLength(4 - left);
    now = next;
  }
  expect(retries).toEqual([4000, 12_000, 28_000]);
  expect(await saidAt(28_000, trying, lower)).toEqual([]);
  expect(trying.nextRetry).toBeUndefined();
  expect(await saidAt(100_000, trying, lower)).toEqual([]);
  expect(threads).toHaveLength(4);
});

test("What was not tried to the end is told as that, and not as a fault of the contract", async () => {
  const never = { ask: () => Promise.resolve(undefined), end: () => Promise.resolve() };
  const rules = await new Tried(1500, () => Promise.resolve(never)).rules([lower], 0);
  const [judged] = judgeState(aWorld(lower), 0, { rules });
  expect(judged?.verdicts[0]?.message).toMatch(/^they were not tried to the end, .* they are tried again/);
});
