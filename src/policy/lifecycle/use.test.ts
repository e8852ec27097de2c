import { describe, expect, test } from "vitest";
import {
  aContractVersion,
  aPolicyException,
  aSource,
  aTarget,
  aWorld,
  anIntegration,
} from "../../../test/builders/resources.ts";
import type { Lifecycle } from "../../api/contractversion.ts";
import type { PolicyException } from "../../api/policyexception.ts";
import { evaluate } from "../evaluate.ts";
import type { Change, World } from "../rule.ts";
import type { User } from "../uses.ts";
import { EXISTING_USE, NEW_USE } from "./use.ts";

const NOW = "2027-03-01T00:00:00Z";
const DEPRECATED_ON = "2027-02-01T00:00:00Z";
const BEFORE = "2027-01-01T00:00:00Z";
const AFTER = "2027-02-02T00:00:00Z";
const LIFE = { publishedOn: BEFORE, deprecatedOn: DEPRECATED_ON };
const old = (lifecycle: Lifecycle = LIFE) => aContractVersion({ lifecycle, replacedBy: "2.0.0" });
const withMetadata = <R extends User>(user: R, metadata: object): R => ({
  ...user,
  metadata: { ...user.metadata, ...metadata },
});
const ehr = withMetadata(aSource("ehr"), { uid: "1", generation: 2, creationTimestamp: BEFORE });
const use = (since: string, uid = "1") => ({ kind: "Adapter", namespace: "clinic", name: "ehr", uid, since }) as const;

/** A cluster that keeps account of the uses of `visit` 1.0.0. */
const cluster = (uses: ReturnType<typeof use>[] = [], version = old()): World => ({
  ...aWorld(version, aContractVersion({ version: "2.0.0" })),
  uses: new Map([["visit-v1.0.0", uses]]),
});

/** One in which nobody has looked yet at `visit` 1.0.0, made then. */
function unseen(creationTimestamp: string | undefined): World {
  const version = old();
  return { ...aWorld({ ...version, metadata: { ...version.metadata, creationTimestamp } }), uses: new Map() };
}

function verdictsOn(user: User, world: World, before?: User) {
  const asked = { new: user, dryRun: false, now: Date.parse(NOW) };
  const change: Change = before ? { ...asked, operation: "UPDATE", old: before } : { ...asked, operation: "CREATE" };
  return evaluate(change, world, [NEW_USE, EXISTING_USE]);
}
const said = (user: User, world: World, before?: User) =>
  verdictsOn(user, world, before).map(({ severity, rule, path }) => `${severity} ${rule} ${path}`);

const REFUSED = ["Deny lifecycle/new-use spec.emits[0]"];
const WARNED = ["Warn lifecycle/existing-use spec.emits[0]"];

describe("Use of a version that is Active", () => {
  test("is not spoken of", () => {
    expect(said(ehr, cluster([], aContractVersion()))).toEqual([]);
    expect(said(ehr, cluster([], old({ publishedOn: BEFORE, deprecatedOn: "2027-03-01T00:00:01Z" })))).toEqual([]);
  });
});

describe("Use of a deprecated version", () => {
  test("is new, and refused, where nobody knows it, or it began when it was deprecated already", () => {
    for (const uses of [[], [use(DEPRECATED_ON)], [use(AFTER)], [use(BEFORE, "2")]])
      expect(said(ehr, cluster(uses))).toEqual(REFUSED);
  });

  test("goes on, with a warning, where it is on the account since before", () => {
    expect(said(ehr, cluster([use(BEFORE)]))).toEqual(WARNED);
  });

  test("goes on where the resource is older and was never changed, on the account or not", () => {
    const unchanged = { generation: 1 };
    expect(said(withMetadata(ehr, unchanged), cluster())).toEqual(WARNED);
    expect(said(withMetadata(ehr, { ...unchanged, creationTimestamp: AFTER }), cluster())).toEqual(REFUSED);
  });

  test("counts as existing where nobody keeps account, or nobody has looked yet at a version that was there before", () => {
    expect(said(aSource("ehr"), aWorld(old()))).toEqual(WARNED);
    expect(said(aSource("ehr"), unseen(BEFORE))).toEqual(WARNED);
  });

  test("is new where the version came when it was deprecated already, though nobody has looked at it yet", () => {
    for (const created of [DEPRECATED_ON, AFTER, undefined]) {
      expect(said(ehr, unseen(created))).toEqual(REFUSED);
      expect(said(withMetadata(ehr, { generation: 1 }), unseen(created))).toEqual(WARNED);
    }
  });

  test.each([
    ["what it accepts", aTarget("lab"), "spec.accepts[0]"],
    ["a subscription that only it satisfies", anIntegration("visits"), "spec.event.from"],
    [
      "what it delivers",
      anIntegration("visits", {
        from: { contract: "visit", version: "2.x" },
        to: [{ adapter: "a" }, { adapter: "lab", version: "1.0.0" }],
      }),
      "spec.event.to[1].version",
    ],
    [
      "what a reply becomes",
      anIntegration("orders", {
        from: { contract: "order", version: "1.x" },
        to: [{ adapter: "lab", reply: { contract: "visit", version: "1.0.0" } }],
      }),
      "spec.event.to[0].reply",
    ],
  ])("is %s", (_, user, path) => {
    expect(said(user, cluster())).toEqual([`Deny lifecycle/new-use ${path}`]);
  });

  test("is no subscription that another version satisfies, too", () => {
    const world = cluster();
    const more = { ...world, contractVersions: [...world.contractVersions, aContractVersion({ version: "1.1.0" })] };
    expect(said(anIntegration("visits"), more)).toEqual([]);
  });

  test("by a range is none that anybody began, where others are gone that satisfied it, but is where it is changed to that", () => {
    const lone = cluster([use(AFTER, "9")]);
    const visits = withMetadata(anIntegration("visits"), { uid: "9", generation: 2, creationTimestamp: BEFORE });
    const before = withMetadata(
      anIntegration("visits", { from: { contract: "visit", version: "2.x" } }),
      visits.metadata,
    );
    const exact = withMetadata(
      anIntegration("visits", { from: { contract: "visit", version: "1.0.0" } }),
      visits.metadata,
    );
    const younger = withMetadata(visits, { creationTimestamp: AFTER });
    const refused = ["Deny lifecycle/new-use spec.event.from"];
    expect(said(visits, lone)).toEqual(["Warn lifecycle/existing-use spec.event.from"]);
    expect(said(visits, lone, before)).toEqual(refused);
    expect(said(exact, lone)).toEqual(refused);
    expect(said(younger, lone)).toEqual(refused);
  });

  test("that slipped through may still be labelled, and is told each time", () => {
    const labelled = withMetadata(ehr, { labels: { ward: "3" } });
    expect(said(labelled, cluster(), ehr)).toEqual(["Warn lifecycle/new-use spec.emits[0]"]);
    const moved = aSource("ehr", 2575, { emits: [{ contract: "visit", version: "2.0.0" }] });
    expect(said(ehr, cluster(), moved)).toEqual(REFUSED);
  });
});

describe("What is said", () => {
  const message = (life: Lifecycle, uses = [use(BEFORE)]) => verdictsOn(ehr, cluster(uses, old(life)))[0]?.message;

  test.each([
    [LIFE, "visit-v1.0.0 is deprecated since 2027-02-01T00:00:00Z: use visit 2.0.0 (owner: care)"],
    [
      { ...LIFE, sunsetOn: "2027-03-02T00:00:01Z" },
      "visit-v1.0.0 is deprecated since 2027-02-01T00:00:00Z, with 2 days left until its sunset on 2027-03-02T00:00:01Z: use visit 2.0.0 (owner: care)",
    ],
    [
      { ...LIFE, sunsetOn: "2027-03-02T00:00:00Z" },
      "visit-v1.0.0 is deprecated since 2027-02-01T00:00:00Z, with 1 day left until its sunset on 2027-03-02T00:00:00Z: use visit 2.0.0 (owner: care)",
    ],
    [{ ...LIFE, sunsetOn: NOW }, `visit-v1.0.0 has had its sunset on ${NOW}: use visit 2.0.0 (owner: care)`],
    [
      { ...LIFE, sunsetOn: AFTER, retiredOn: NOW },
      `visit-v1.0.0 is retired since ${NOW}, and its messages wait, in order: use visit 2.0.0 (owner: care), or have a PolicyException from lifecycle/existing-use approved`,
    ],
  ])("of an existing use is how long it may go on (%#)", (life, text) => {
    expect(message(life)).toBe(text);
  });

  test("of an existing use is that messages wait, from a sunset that blocks on, unless an exception extends the window", () => {
    const ended = { ...old({ ...LIFE, sunsetOn: NOW }) };
    const blocking = { ...ended, spec: { ...ended.spec, afterSunset: "Block" as const } };
    const said = (...exceptions: PolicyException[]) =>
      verdictsOn(ehr, { ...cluster([use(BEFORE)], blocking), policyExceptions: exceptions })[0]?.message;
    const extended = aPolicyException({
      rules: ["lifecycle/existing-use"],
      resources: [{ kind: "Adapter", name: "ehr" }],
    });
    expect(said()).toContain("and its messages wait, in order");
    expect(said(extended)).not.toContain("wait");
    expect(said({ ...extended, spec: { ...extended.spec, expiresOn: NOW } })).toContain("wait");
  });

  test("of a new one is what to use instead, or whom to ask", () => {
    expect(message(LIFE, [])).toBe(
      "visit-v1.0.0 is deprecated since 2027-02-01T00:00:00Z, and nobody may begin to use it: use visit 2.0.0 (owner: care)",
    );
    const [verdict] = verdictsOn(ehr, cluster([], aContractVersion({ lifecycle: LIFE })));
    expect(verdict?.message).toContain(": ask care, who owns it, what to use instead");
  });
});

describe("A Draft", () => {
  const draft = (lifecycle: Lifecycle) => cluster([use(BEFORE)], old(lifecycle));

  test("is used by nobody but its owner, on whatever account", () => {
    const text = verdictsOn(ehr, draft({}))[0];
    expect(text).toMatchObject({ severity: "Deny", rule: "lifecycle/new-use", path: "spec.emits[0]" });
    expect(text?.message).toBe(
      "visit-v1.0.0 is a Draft of care and may still change: wait until it is published, or ask its owner",
    );
    expect(verdictsOn(ehr, draft({ publishedOn: "2027-04-01T00:00:00Z" }))[0]?.message).toContain(
      "wait until 2027-04-01T00:00:00Z",
    );
    expect(said(aSource("ehr", 2575, { owner: "care" }), draft({}))).toEqual([]);
  });
});
