import { describe, expect, test } from "vitest";
import { aContractVersion, aDataDomain, aPolicyException, aSource, aWorld } from "../builders/resources.ts";
import type { Lifecycle } from "../../src/api/contractversion.ts";
import { DAY_MS } from "../../src/base/days.ts";
import { lifeOf, seconds } from "../../src/operator/contractversion/life.ts";
import { evaluate } from "../../src/policy/evaluate.ts";
import { isInForce } from "../../src/policy/exception/force.ts";
import type { Resource, Verdict, World } from "../../src/policy/rule.ts";
import { RULES_AMONG } from "../../src/policy/rules.ts";

/** The operator's clock says what time it is; that of the API server how old something is; a user writes by their own. */
const NOW = Date.parse("2027-03-01T00:00:00Z");
const MINUTE_MS = 60_000;
const APART = [-5, -1, 0, 1, 5].map((minutes) => [minutes, minutes * MINUTE_MS] as const);
const BEFORE = "2027-01-01T00:00:00Z";

const care = aDataDomain();
const domain = { ...care, spec: { ...care.spec, minDeprecationDays: 90 } };
const version = (lifecycle: Lifecycle) => aContractVersion({ lifecycle: { publishedOn: BEFORE, ...lifecycle } });
const created = <R extends Resource>(resource: R, at: number): R => ({
  ...resource,
  metadata: { ...resource.metadata, uid: "1", generation: 1, creationTimestamp: seconds(at) },
});

function refused(change: { old?: Resource; new: Resource }, world: World = aWorld(domain), now = NOW): Verdict[] {
  const operation = change.old === undefined ? "CREATE" : "UPDATE";
  const verdicts = evaluate({ operation, dryRun: false, now, ...change }, world, RULES_AMONG);
  return verdicts.filter(({ severity }) => severity === "Deny");
}
const rules = (verdicts: Verdict[]) => verdicts.map(({ rule }) => rule);
const instantIn = (verdict: Verdict | undefined): string => / (\d{4}-\S+Z)/.exec(verdict?.message ?? "")?.[1] ?? "";

describe("Of a user whose clock is from the operator's by", () => {
  const deprecated = version({ deprecatedOn: BEFORE });
  const ending = (sunset: number) => version({ deprecatedOn: BEFORE, sunsetOn: seconds(sunset) });

  test.each(APART)(
    "%i minutes: a sunset that is announced for as long as promised, from now on, is taken",
    (_, apart) => {
      expect(refused({ old: deprecated, new: ending(NOW + apart + 90 * DAY_MS) })).toEqual([]);
    },
  );

  test.each(APART)("%i minutes: a deprecation ahead with its whole window is taken", (_, apart) => {
    const from = NOW + apart + 10 * MINUTE_MS;
    const announced = version({ deprecatedOn: seconds(from), sunsetOn: seconds(from + 90 * DAY_MS) });
    expect(refused({ old: version({}), new: announced })).toEqual([]);
  });

  test.each(APART)(
    "%i minutes: an instant that was reached by the operator's clock stays, and no other does",
    (_, apart) => {
      const old = version({ deprecatedOn: seconds(NOW + apart) });
      const moved = refused({ old, new: version({ deprecatedOn: seconds(NOW + DAY_MS) }) });
      expect(rules(moved)).toEqual(apart <= 0 ? ["lifecycle/instant-moved"] : []);
    },
  );
});

test("a day less than promised is refused, and so is a window from a deprecation ahead that lacks a second", () => {
  const lacking = version({ deprecatedOn: BEFORE, sunsetOn: seconds(NOW + 89 * DAY_MS) });
  expect(rules(refused({ old: version({ deprecatedOn: BEFORE }), new: lacking }))).toEqual([
    "lifecycle/window-too-short",
  ]);
  const from = NOW + DAY_MS;
  const ahead = version({ deprecatedOn: seconds(from), sunsetOn: seconds(from + 90 * DAY_MS - 1000) });
  expect(rules(refused({ old: version({}), new: ahead }))).toEqual(["lifecycle/window-too-short"]);
});

test("ten minutes are no way to a shorter window: announced, a sunset moves only later", () => {
  const announced = version({ deprecatedOn: BEFORE, sunsetOn: seconds(NOW + 90 * DAY_MS - 10 * MINUTE_MS) });
  expect(refused({ old: version({ deprecatedOn: BEFORE }), new: announced })).toEqual([]);
  const earlier = version({ deprecatedOn: BEFORE, sunsetOn: seconds(NOW + 90 * DAY_MS - 11 * MINUTE_MS) });
  expect(rules(refused({ old: announced, new: earlier }))).toEqual([
    "lifecycle/instant-moved",
    "lifecycle/window-too-short",
  ]);
});

test("what a refusal says to write is taken when it is written a few minutes later", () => {
  const old = version({ deprecatedOn: BEFORE });
  const later = NOW + 5 * MINUTE_MS;
  const short = version({ deprecatedOn: BEFORE, sunsetOn: seconds(NOW + DAY_MS) });
  const sunsetOn = instantIn(refused({ old, new: short })[0]);
  expect(refused({ old, new: version({ deprecatedOn: BEFORE, sunsetOn }) }, aWorld(domain), later)).toEqual([]);

  const long = { expiresOn: "2028-01-01T00:00:00Z", reviewOn: "2027-04-01T00:00:00Z", approvals: undefined };
  const expiresOn = instantIn(refused({ new: created(aPolicyException(long), NOW) })[0]);
  expect(refused({ new: created(aPolicyException({ ...long, expiresOn }), later) }, aWorld(), later)).toEqual([]);
});

test("a deprecation that is dated back is told what time it is", () => {
  const [verdict] = refused({ old: version({}), new: version({ deprecatedOn: seconds(NOW - 5 * MINUTE_MS) }) });
  expect([verdict?.rule, instantIn(verdict)]).toEqual(["lifecycle/instant-moved", "2027-03-01T00:00:00Z"]);
});

describe("With the API server's clock from the operator's by", () => {
  test.each(APART)("%i minutes, who began before the deprecation uses it since before", (_, apart) => {
    const user = created(aSource("ehr"), NOW + apart);
    const used = created(version({ deprecatedOn: seconds(NOW + MINUTE_MS) }), Date.parse(BEFORE));
    const { uses } = lifeOf(used, [user], [], NOW);
    const world = { ...aWorld(used), uses: new Map([[used.metadata.name, uses]]) };
    expect(refused({ new: user }, world, NOW + DAY_MS)).toEqual([]);
  });

  test.each(APART)("%i minutes, who begins longer than that after the deprecation is refused", (_, apart) => {
    const used = created(version({ deprecatedOn: seconds(NOW - 6 * MINUTE_MS) }), Date.parse(BEFORE));
    const world = { ...aWorld(used), uses: new Map([[used.metadata.name, []]]) };
    expect(rules(refused({ new: created(aSource("ehr"), NOW + apart) }, world))).toEqual(["lifecycle/new-use"]);
  });

  test.each(APART)(
    "%i minutes, an exception ends when it says, and never later than 90 days after its age",
    (_, apart) => {
      const exception = created(aPolicyException({ expiresOn: "2027-04-01T00:00:00Z" }), NOW + apart);
      const end = Date.parse("2027-04-01T00:00:00Z");
      expect([isInForce(exception, end - 1), isInForce(exception, end)]).toEqual([true, false]);
      const endless = created(aPolicyException({ expiresOn: "2037-01-01T00:00:00Z" }), NOW + apart);
      const last = NOW + apart + 90 * DAY_MS;
      expect([isInForce(endless, last - 1), isInForce(endless, last)]).toEqual([true, false]);
    },
  );

  test.each(APART)("%i minutes, an approval counts at once, and is refused whom it was", (_, apart) => {
    const old = created(aPolicyException({ approvals: undefined }), NOW + apart);
    const approved = created(aPolicyException(), NOW + apart);
    expect(refused({ old, new: approved })).toEqual([]);
    expect(isInForce(approved, NOW)).toBe(true);
    expect(rules(refused({ new: approved }))).toEqual(["exception/approval"]);
  });
});
