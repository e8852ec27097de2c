import { describe, expect, test } from "vitest";
import { aContractVersion, aDataDomain, aPolicyException, aSource, aWorld } from "../../test/builders/resources.ts";
import type { Resource } from "../policy/rule.ts";
import { letPassOf, readLetPass } from "./letpass.ts";
import { type Admitted, admitManifests, judgeManifests } from "./verdicts.ts";

const NOW = Date.parse("2027-03-01T00:00:00Z");
const world = aWorld(aContractVersion(), aSource("ehr"), aSource("lis"));
const locate = ({ name }: { name: string }, path: string) => ({ file: `${name}.yaml`, line: path.length });
const judged = (sharedAddress: boolean) => judgeManifests({ resources: world, locate }, NOW, { sharedAddress });

test("a verdict has its rule, and the place where a manifest says what is wrong", async () => {
  expect(await judged(true)).toEqual([
    {
      resource: world.adapters[1],
      file: "lis.yaml",
      line: "spec.mllp.source.port".length,
      path: "spec.mllp.source.port",
      reason: "port 2575 is taken by Adapter clinic/ehr: choose another port",
      rule: "listen/port-taken",
      severity: "Deny",
    },
  ]);
});

test("adapters that have addresses of their own are in nobody's way", async () =>
  expect(await judged(false)).toEqual([]));

describe("Where an exception has ended, a directory", () => {
  const AFTER = Date.parse("2027-05-02T00:00:00Z");
  const claims = aSource("lis", 2576, { system: "ehr" });
  const exception = aPolicyException({ resources: [{ kind: "Adapter", name: "lis" }] });
  const before = [aContractVersion(), aDataDomain({ ehr: ["clinic/ehr"] }), aSource("ehr"), claims, exception];
  const known = (former: Resource[] | undefined) => (former ? { former: aWorld(...former) } : {});
  async function admitted(wanted: Resource[], now: number, former?: Resource[], letPass?: ReadonlySet<string>) {
    const all = await admitManifests({ resources: aWorld(...wanted), locate }, now, { ...known(former), letPass });
    const said = Object.entries(all).flatMap(([what, verdicts]) =>
      (verdicts as { rule: string }[]).map(({ rule }) => `${what} ${rule}`),
    );
    return said.filter((each) => !each.endsWith("references/unresolved"));
  }

  test("takes effect as it did while the exception counted, and is told of", async () => {
    expect(await admitted(before, NOW)).toEqual(["warnings ownership/system-claim"]);
    expect(await admitted(before, AFTER)).toEqual(["lapsed ownership/system-claim"]);
  });

  test("goes on over a restart where the process before let it pass, and begins nowhere else", async () => {
    const first = await admitManifests({ resources: aWorld(...before), locate }, NOW, { letPass: new Set() });
    const after = (admission: Admitted) => readLetPass([letPassOf(admission).text()]);
    expect(await admitted(before, AFTER, undefined, after(first))).toEqual(["lapsed ownership/system-claim"]);
    const second = await admitManifests({ resources: aWorld(...before), locate }, AFTER, { letPass: after(first) });
    expect(await admitted(before, AFTER, undefined, after(second))).toEqual(["lapsed ownership/system-claim"]);
    expect(await admitted(before, AFTER, undefined, new Set())).toEqual(["refused ownership/system-claim"]);
    const others = [...before, aSource("ris", 2577, { system: "ehr" })];
    const both = aPolicyException({
      resources: [
        { kind: "Adapter", name: "lis" },
        { kind: "Adapter", name: "ris" },
      ],
    });
    const wider = others.map((each) => (each === exception ? both : each));
    expect(await admitted(wider, AFTER, undefined, after(first))).toEqual([
      "refused ownership/system-claim",
      "lapsed ownership/system-claim",
    ]);
  });

  test("goes on where nobody remembers, as an earlier version left it, or it is damaged", async () => {
    for (const texts of [[], ["{", "{}"]])
      expect(await admitted(before, AFTER, undefined, readLetPass(texts))).toEqual(["lapsed ownership/system-claim"]);
  });

  test("can be edited elsewhere, also where the very resource is", async () => {
    const another = [...before, aSource("ris", 2577)];
    expect(await admitted(another, AFTER, before)).toEqual(["lapsed ownership/system-claim"]);
    const moved = before.map((each) => (each === claims ? aSource("lis", 2578, { system: "ehr" }) : each));
    expect(await admitted(moved, AFTER, before)).toEqual(["lapsed ownership/system-claim"]);
  });

  test("is refused what the exception would have let pass and is not in effect", async () => {
    expect(
      await admitted(
        before,
        AFTER,
        before.filter((each) => each !== claims),
      ),
    ).toEqual(["refused ownership/system-claim"]);
  });

  test("is refused where the exception was never approved, or is gone", async () => {
    const unapproved = aPolicyException({ ...exception.spec, approvals: undefined });
    expect(await admitted([...before.slice(0, -1), unapproved], AFTER)).toEqual(["refused ownership/system-claim"]);
    expect(await admitted(before.slice(0, -1), AFTER, before)).toEqual(["refused ownership/system-claim"]);
  });
});

test("an edit is judged by what was in effect, too: what was published stays as it was promised", async () => {
  const former = aWorld(aContractVersion());
  const edited = aWorld(aContractVersion({ json: { schema: { type: "array" } } }));
  const { refused } = await admitManifests({ resources: edited, locate }, NOW, { former });
  expect(refused.map(({ rule, file }) => `${file} ${rule}`)).toEqual(["visit-v1.0.0.yaml lifecycle/published-changed"]);
  expect((await admitManifests({ resources: edited, locate }, NOW)).refused).toEqual([]);
});
