import { describe, expect, test } from "vitest";
import {
  aContractVersion,
  aDataDomain,
  aPolicyException,
  aSource,
  aTarget,
  aWorld,
  anIntegration,
} from "../../test/builders/resources.ts";
import { precedes } from "../compile/order.ts";
import { DOMAINS_OVERLAP } from "./ownership/overlap.ts";
import type { Resource, Rule, World } from "./rule.ts";
import { judgeState } from "./state.ts";

const NOW = Date.parse("2027-03-01T00:00:00Z");
const visit = aContractVersion();

/** As the API server made it. */
const made = <R extends Resource>(resource: R, creationTimestamp: unknown): R => ({
  ...resource,
  metadata: { ...resource.metadata, creationTimestamp },
});

/** `<severity> <rule> <kind> <name>`, one for each verdict. */
const said = (world: World, options = {}) =>
  judgeState(world, NOW, options).flatMap(({ resource, verdicts }) =>
    verdicts.map(({ severity, rule }) => `${severity} ${rule} ${resource.kind} ${resource.metadata.name}`),
  );

describe("A state", () => {
  interface Case {
    title: string;
    world: World;
    verdicts: string[];
  }
  const cases: Case[] = [
    { title: "of nothing is right", world: aWorld(), verdicts: [] },
    {
      title: "in which everything resolves is right",
      world: aWorld(visit, aSource("ehr"), aTarget("lab"), anIntegration("visits")),
      verdicts: [],
    },
    {
      title: "has each resource judged among all others, whatever was there first",
      world: aWorld(made(anIntegration("visits"), "2027-01-01T00:00:00Z"), visit, aTarget("lab")),
      verdicts: [],
    },
    {
      title: "tells what is wrong with every one",
      world: aWorld(aSource("ehr"), anIntegration("visits", { filter: "$count(" })),
      verdicts: [
        "Warn references/unresolved Adapter ehr",
        "Deny spec/unusable Integration visits",
        "Warn references/unresolved Integration visits",
      ],
    },
    {
      title: "with one port twice denies it to the Adapter that came later",
      world: aWorld(visit, made(aSource("a"), "2027-01-02T00:00:00Z"), made(aSource("b"), "2027-01-01T00:00:00Z")),
      verdicts: ["Deny listen/port-taken Adapter a"],
    },
    {
      title: "with one port three times leaves it to the first",
      world: aWorld(visit, aSource("b"), aSource("c"), aSource("a")),
      verdicts: ["Deny listen/port-taken Adapter b", "Deny listen/port-taken Adapter c"],
    },
    {
      title: "with a contract in two domains denies the version that came later",
      world: aWorld(
        made(visit, "2027-01-02T00:00:00Z"),
        made(aContractVersion({ version: "1.1.0", domain: "billing" }), "2027-01-01T00:00:00Z"),
      ),
      verdicts: ["Deny contracts/domain-differs ContractVersion visit-v1.0.0"],
    },
  ];

  test.each(cases)("$title", ({ world, verdicts }) => expect(said(world)).toEqual(verdicts));

  describe("in which two domains claim one system", () => {
    const first = made(aDataDomain({ ehr: ["clinic/ehr"] }), "2027-01-01T00:00:00Z");
    const second = made(aDataDomain({ ehr: ["lab/ehr"], lis: ["lab/lis"] }, "billing"), "2027-01-02T00:00:00Z");
    const adapters = [aSource("ehr"), aSource("lis", 2576)];
    const overlap = "Deny ownership/domains-overlap DataDomain billing";

    test("denies the later one, and nothing to anybody by what that one says", () => {
      expect(said(aWorld(second, first, visit, ...adapters))).toEqual([overlap]);
    });

    test("believes both where an exception lets that pass, or the later one goes on", () => {
      const denied = ["ehr", "lis"].map((name) => `Deny ownership/system-claim Adapter ${name}`);
      const covering = { rules: [DOMAINS_OVERLAP.id], resources: [{ kind: "DataDomain" as const, name: "billing" }] };
      const world = aWorld(second, first, visit, ...adapters);
      const excepted = { ...world, policyExceptions: [aPolicyException(covering)] };
      expect(said(excepted)).toEqual([overlap.replace("Deny", "Warn"), ...denied]);
      expect(said(world, { goesOn: (resource: Resource) => resource === second })).toEqual([overlap, ...denied]);
    });
  });

  test("gives the same verdicts in whatever order its resources come", () => {
    const resources = [visit, aSource("b"), aSource("c"), aSource("a"), aSource("d", 2576), anIntegration("visits")];
    expect(said(aWorld(...resources.toReversed())).toSorted()).toEqual(said(aWorld(...resources)).toSorted());
  });

  test("is judged at an instant, and by no rule that compares before and after", () => {
    const asked: number[] = [];
    const rule = (judges: Rule["judges"]): Rule => ({
      id: "spec/unusable",
      judges,
      check: ({ now }) => {
        asked.push(now);
        return [{ severity: "Deny", path: "spec", message: judges }];
      },
    });
    const found = judgeState(aWorld(visit), NOW, { rules: [rule("Transition"), rule("State")] });
    expect(found.flatMap(({ verdicts }) => verdicts.map(({ message }) => message))).toEqual(["State"]);
    expect(asked).toEqual([NOW]);
  });

  test("has another first where somebody knows better who was there before", () => {
    const isBefore = (a: Resource) => a.metadata.name === "b";
    expect(said(aWorld(visit, aSource("a"), aSource("b")), { isBefore })).toEqual(["Deny listen/port-taken Adapter a"]);
  });

  test("of a thousand resources takes a moment", () => {
    const schema = { type: "object" };
    const world = aWorld(
      aContractVersion({ json: { schema } }),
      ...Array.from({ length: 333 }, (_, i) => aSource(`source-${i}`, 1000 + i)),
      ...Array.from({ length: 333 }, (_, i) => aTarget(`target-${i}`)),
      ...Array.from({ length: 333 }, (_, i) => anIntegration(`route-${i}`, { to: [{ adapter: `target-${i}` }] })),
    );
    const begun = performance.now();
    expect(said(world)).toEqual([]);
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});

describe("Of two resources, that one is first", () => {
  const early = "2027-01-01T00:00:00Z";
  const late = "2027-01-01T00:00:01Z";
  test.each<[what: string, first: Resource, second: Resource]>([
    ["which was made earlier", made(aSource("z"), early), made(aSource("a"), late)],
    ["which was made at all", made(aSource("z"), late), aSource("a")],
    ["which was made at all, where a tool says null of the other", made(aSource("z"), late), made(aSource("a"), null)],
    ["whose kind is first in the alphabet", aSource("z"), visit],
    ["whose namespace is", aSource("z", 1, {}, "a"), aSource("a", 1, {}, "z")],
    ["whose name is", made(aSource("a"), early), made(aSource("b"), early)],
  ])("%s", (_what, first, second) => {
    expect(precedes(first, second)).toBe(true);
    expect(precedes(second, first)).toBe(false);
  });

  test("and none is before itself", () => expect(precedes(visit, visit)).toBe(false));
});
