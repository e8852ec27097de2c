import fc from "fast-check";
import { expect, test } from "vitest";
import { estateOf } from "../../test/builders/estate.ts";
import { aDataDomain, aWorld } from "../../test/builders/resources.ts";
import { checkResource } from "../api/check.ts";
import { KINDS } from "../api/kinds.ts";
import { FIELDS } from "../compile/resources.ts";
import { evaluate } from "./evaluate.ts";
import type { Change, Resource } from "./rule.ts";
import { RULES_AMONG } from "./rules.ts";
import { judgeState } from "./state.ts";

const NOW = Date.parse("2027-03-01T00:00:00Z");
/** A Monday: the windows of these domains are closed. */
const changeWindows = [{ schedule: "0 22 * * 2", durationMinutes: 120, timeZone: "Europe/Berlin" }];

const { contractVersions, adapters, integrations } = estateOf({ adapters: 200, integrations: 1800 });

/** Two thousand resources and the domains that govern them, each system given to its Adapter. */
const ALL: Resource[] = [
  ...[0, 1, 2, 3, 4].map((n) => domain(n)),
  ...[...contractVersions, ...adapters, ...integrations].map(read),
];

function domain(n: number): Resource {
  const own = adapters.filter((_, i) => i % 5 === n).map(({ metadata }) => metadata.name ?? "");
  const systems = Object.fromEntries(own.map((name) => [name, [`default/${name}`]]));
  const bare = aDataDomain(systems, `domain-${n}`);
  return { ...bare, spec: { ...bare.spec, minDeprecationDays: 90, changeWindows } };
}

function read(object: object): Resource {
  const kind = KINDS.find((each) => each.kind === (object as Resource).kind);
  const checked = kind && checkResource(kind, object);
  if (checked === undefined || "faults" in checked) throw new Error("no resource of ours");
  return checked.resource as Resource;
}

const shuffled = (seed: number): Resource[] => {
  const [order = []] = fc.sample(fc.shuffledSubarray(ALL, { minLength: ALL.length }), { seed, numRuns: 1 });
  return order;
};

test.each([1, 2, 3])(
  "Two thousand resources applied together from empty, in any order, are none of them denied (seed %i)",
  (seed) => {
    const world = { ...aWorld(), sharedAddress: false };
    const denials = (change: Pick<Change, "operation" | "old" | "new">): string[] =>
      evaluate({ ...change, dryRun: false, now: NOW }, world, RULES_AMONG)
        .filter(({ severity }) => severity === "Deny")
        .map(({ rule, message }) => `${rule}: ${message}`);
    for (const resource of shuffled(seed)) {
      expect(denials({ operation: "CREATE", new: resource })).toEqual([]);
      const field = FIELDS[resource.kind];
      Object.assign(world, { [field]: [...world[field], resource] });
    }
    // GitOps applies everything again, window or not.
    for (const resource of ALL.slice(0, 100))
      expect(denials({ operation: "UPDATE", old: resource, new: structuredClone(resource) })).toEqual([]);
    expect(judgeState(world, NOW)).toEqual([]);
  },
);
