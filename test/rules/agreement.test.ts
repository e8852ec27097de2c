import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dataDomain } from "../../src/api/datadomain.ts";
import { API_VERSION } from "../../src/api/meta.ts";
import { everyOne } from "../../src/compile/resources.ts";
import { permitted } from "../../src/operator/program/permit.ts";
import { evaluate } from "../../src/policy/evaluate.ts";
import { precedes } from "../../src/compile/order.ts";
import type { Resource, Verdict, World } from "../../src/policy/rule.ts";
import { RULES_ALONE, RULES_AMONG } from "../../src/policy/rules.ts";
import { judgeState } from "../../src/policy/state.ts";
import { lint } from "../../src/standalone/lint.ts";
import { aContractVersion, aSource, aTarget, aWorld, anAdapterClass, anIntegration } from "../builders/resources.ts";

/** Webhook, operator, `fascia run` and `fascia lint` ask the same rules; none of them has an opinion of its own. */

const START = Date.parse("2027-01-01T00:00:00Z");
const DAY_MS = 86_400_000;
const atDay = (day: number): string => new Date(START + day * DAY_MS).toISOString().replace(".000", "");

const version = fc.constantFrom("1.0.0", "1.1.0", "2.0.0");
const contract = fc.constantFrom("visit", "order");
const namespace = fc.constantFrom("clinic", "lab");
const system = fc.constantFrom("ehr", "lis", "ris");
const type = fc.constantFrom("object", "array", "string");

const contractVersions = fc
  .record({
    contract,
    version,
    domain: fc.constantFrom("care", "billing"),
    compatibility: fc.constantFrom("Backward" as const, "None" as const),
    lifecycle: fc
      .uniqueArray(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 3 })
      .map((days) => days.toSorted((a, b) => a - b).map(atDay))
      .map(([publishedOn = "", deprecatedOn, sunsetOn]) => ({
        publishedOn,
        ...(deprecatedOn !== undefined && { deprecatedOn }),
        ...(sunsetOn !== undefined && { sunsetOn }),
      })),
    format: fc.oneof(
      fc
        .tuple(type, fc.subarray([{ path: "name", level: "Restricted" as const }]))
        .map(([of, sensitivity]) => ({ json: { schema: { type: of } }, sensitivity })),
      fc.constantFrom("Patient", "Encounter").map((carried) => ({
        json: undefined,
        fhir: { release: "R4" as const, resources: [carried] },
      })),
    ),
  })
  .map(({ format, ...spec }) => ({ ...spec, ...format }));
const ofClass = fc
  .record({
    class: fc.option(fc.constantFrom("clinical", "trial"), { nil: undefined }),
    serviceLevel: fc.option(fc.constantFrom("24x7", "office-hours"), { nil: undefined }),
  })
  .map((chosen) => JSON.parse(JSON.stringify(chosen)) as object);
const adapters = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("a", "b", "c"),
      fc.integer({ min: 2575, max: 2577 }),
      contract,
      version,
      system,
      namespace,
      ofClass,
    )
    .map(([name, port, of, at, as, where, chosen]) =>
      aSource(
        name,
        port,
        {
          system: as,
          emits: [{ contract: of, version: at }],
          service: { type: "NodePort", nodePort: port + 28_000 },
          ...chosen,
        },
        where,
      ),
    ),
  fc
    .tuple(fc.constantFrom("d", "e"), contract, version, system, namespace, ofClass)
    .map(([name, of, at, as, where, chosen]) =>
      aTarget(name, { system: as, accepts: [{ contract: of, version: at }], ...chosen }, where),
    ),
);
const integrations = fc
  .tuple(
    fc.constantFrom("x", "y"),
    contract,
    fc.constantFrom("^1.0.0", "2.0.0"),
    fc.constantFrom("d", "e", "a"),
    namespace,
  )
  .map(([name, of, range, adapter, where]) =>
    anIntegration(name, { from: { contract: of, version: range }, to: [{ adapter }] }, where),
  );
const dataDomains = fc
  .tuple(
    fc.constantFrom("care", "billing"),
    system,
    fc.constantFrom("a", "b", "d"),
    namespace,
    fc.option(system),
    fc.option(fc.constantFrom([], [{ contract: "visit", namespace: "n", adapter: "d" }])),
  )
  .map(([name, of, adapter, where, consumer, ways]) =>
    dataDomain.parse({
      apiVersion: API_VERSION,
      kind: "DataDomain",
      metadata: { name },
      spec: {
        owner: name,
        minDeprecationDays: 30,
        systems: [{ system: of, adapters: [{ namespace: where, name: adapter }] }],
        entities: [
          {
            entity: "Patient",
            primary: of,
            ...(consumer !== null && { consumers: [consumer] }),
            ...(ways !== null && { writePaths: ways }),
          },
        ],
      },
    }),
  );

const adapterClasses = fc
  .record({
    name: fc.constantFrom("clinical", "trial"),
    isDefault: fc.boolean(),
    ownerContact: fc.boolean(),
    namePattern: fc.option(fc.constantFrom("[a-c]", "(d|e)+"), { nil: undefined }),
    serviceLevels: fc.option(fc.subarray(["24x7", "office-hours"], { minLength: 1 }), { nil: undefined }),
  })
  .map(({ name, isDefault, ...require }) => anAdapterClass(require, { isDefault }, name));

const nameOf = ({ kind, metadata: { namespace: where = "", name } }: Resource): string => `${kind} ${where}/${name}`;

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
      "Deny baseline/naming",
      "Deny baseline/service-level",
      "Warn references/unresolved",
    ]),
  );
});
