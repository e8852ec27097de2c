import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DAY_MS } from "../../src/base/days.ts";
import { everyOne } from "../../src/compile/resources.ts";
import { permitted } from "../../src/operator/program/permit.ts";
import { evaluate } from "../../src/policy/evaluate.ts";
import { precedes } from "../../src/compile/order.ts";
import type { Resource, Verdict, World } from "../../src/policy/rule.ts";
import { RULES_ALONE, RULES_AMONG } from "../../src/policy/rules.ts";
import { judgeState } from "../../src/policy/state.ts";
import { lint } from "../../src/standalone/lint.ts";
import { aContractVersion, aWorld } from "../builders/resources.ts";
import {
  START,
  adapterClasses,
  adapters,
  atDay,
  contractVersions,
  dataDomains,
  integrations,
  nameOf,
} from "./arbitraries.ts";

/** Webhook, operator, `fascia run` and `fascia lint` ask the same rules; none of them has an opinion of its own. */

/** In the order in which they were made, several in one second. */
const resources: fc.Arbitrary<Resource[]> = fc
  .uniqueArray(
    fc.oneof(
      { weight: 2, arbitrary: contractVersions.map(aContractVersion) },
      { weight: 3, arbitrary: adapters },
      { weight: 2, arbitrary: integrations },
      { weight: 2, arbitrary: dataDomains },
      { weight: 1, arbitrary: adapterClasses },
    ),
    {
      selector: nameOf,
      minLength: 1,
      maxLength: 16,
    },
  )
  .map((all) =>
    all.map((resource, i): Resource => {
      const metadata = { ...resource.metadata, creationTimestamp: atDay(Math.floor(i / 2)) };
      return { ...resource, metadata } as Resource;
    }),
  );

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "fascia-agreement-"));
});
afterAll(() => rm(dir, { recursive: true }));

/** `<resource>: <severity> <rule> <path>: <message>` of each verdict. */
const told = (resource: Resource, verdicts: readonly Verdict[]): string[] =>
  verdicts.map(({ severity, rule, path, message }) => `${nameOf(resource)}: ${severity} ${rule} ${path}: ${message}`);

async function byLint(all: Resource[], now: number, sharedAddress: boolean): Promise<string[]> {
  await writeFile(join(dir, "all.yaml"), all.map((resource) => JSON.stringify(resource)).join("\n---\n"));
  const { findings } = await lint([dir], { now, sharedAddress });
  return findings.map(({ severity, rule, path, message, resource }) => {
    const { kind = "", namespace: where = "", name = "" } = resource ?? {};
    return `${kind} ${where}/${name}: ${severity} ${rule} ${path}: ${message}`;
  });
}

const NOTHING_IN_EFFECT = { isStanding: () => false, before: () => undefined };
/** Those that judge a change as such are asked at admission alone. */
const STATE_RULES = [...RULES_ALONE, ...RULES_AMONG].filter(({ judges }) => judges === "State");

test("of any state at any instant all four say the same", { timeout: 120_000 }, async () => {
  const denials = new Set<string>();
  await fc.assert(
    fc.asyncProperty(resources, fc.integer({ min: -10, max: 400 }), fc.boolean(), async (all, day, sharedAddress) => {
      const now = START + day * DAY_MS;
      const world: World = { ...aWorld(...all), sharedAddress };
      const judged = judgeState(world, now);
      const state = judged.flatMap(({ resource, verdicts }) => told(resource, verdicts));
      expect(new Set(await byLint(all, now, sharedAddress))).toEqual(new Set(state));

      const isDenied = (text: string) => text.includes(": Deny ");
      const { denials: operator } = permitted(world, now, NOTHING_IN_EFFECT);
      const withheld = operator.flatMap(({ resource, verdicts }) => told(resource, verdicts));
      expect(withheld.toSorted()).toEqual(state.filter(isDenied).toSorted());

      const last = everyOne(world).reduce((a, b) => (precedes(a, b) ? b : a));
      const webhook = evaluate({ operation: "CREATE", new: last, dryRun: false, now }, world, STATE_RULES);
      const ofLast = judged.find(({ resource }) => resource === last)?.verdicts ?? [];
      expect(told(last, webhook).toSorted()).toEqual(told(last, ofLast).toSorted());
      for (const { rule, severity } of judged.flatMap(({ verdicts }) => verdicts)) denials.add(`${severity} ${rule}`);
    }),
    { numRuns: 800, seed: 1 },
  );
  // It would be nothing to agree on where there is nothing to say.
  expect([...denials]).toEqual(
    expect.arrayContaining([
      "Deny listen/port-taken",
      "Deny contracts/domain-differs",
      "Deny ownership/system-claim",
      "Deny ownership/foreign-field",
      "Deny ownership/no-consumer",
      "Deny ownership/write-path",
      "Deny sensitivity/not-minimised",
      "Deny baseline/owner",
      "Deny baseline/tls",
      "Deny baseline/naming",
      "Deny baseline/service-level",
      "Warn references/unresolved",
    ]),
  );
});
