import fc from "fast-check";
import type { Lifecycle } from "../../src/api/contractversion.ts";
import type { PolicyException } from "../../src/api/policyexception.ts";
import { DAY_MS } from "../../src/base/days.ts";
import { seconds } from "../../src/operator/contractversion/life.ts";
import type { Change, Resource } from "../../src/policy/rule.ts";
import {
  aContractVersion,
  aDataDomain,
  aPolicyException,
  aSource,
  aTarget,
  anIntegration,
} from "../builders/resources.ts";
import { adapterClasses, adapters, atDay, contractVersions, dataDomains, integrations, nameOf } from "./arbitraries.ts";
import type { ModelCluster } from "./modelcluster.ts";

/** What somebody asks of the cluster, where there is what they ask it of. */
type Ask = (cluster: ModelCluster) => Change | undefined;

export interface Step {
  title: string;
  /** Days that pass before. */
  days: number;
  /** A process of the operator ends before. */
  restarts: boolean;
  /** Stored although it is refused: nobody could reach the webhook. */
  unasked: boolean;
  ask: Ask;
}

const exceptions = fc
  .record({
    name: fc.constantFrom("old-lab", "old-ehr"),
    namespace: fc.constantFrom("clinic", "lab"),
    rules: fc.subarray(
      [
        "lifecycle/new-use",
        "ownership/domains-overlap",
        "ownership/system-claim",
        "compatibility/breaks-promise",
        "baseline/tls",
        "baseline/owner",
      ],
      { minLength: 1 },
    ),
    unknown: fc.option(fc.constantFrom("no/such", "listen/port-taken"), { freq: 9, nil: undefined }),
    resources: fc.subarray(
      [
        ...["a", "b", "c", "d", "e"].map((name) => ({ kind: "Adapter" as const, name })),
        ...["care", "billing"].map((name) => ({ kind: "DataDomain" as const, name })),
        ...["visit-v1.0.0", "visit-v1.1.0"].map((name) => ({ kind: "ContractVersion" as const, name })),
        ...["x", "y"].map((name) => ({ kind: "Integration" as const, name })),
      ],
      { minLength: 4 },
    ),
    ends: fc.integer({ min: 20, max: 160 }).map(atDay),
  })
  .map(({ name, namespace, unknown, ends, rules, resources }): PolicyException => {
    const all = [...rules, ...(unknown === undefined ? [] : [unknown])];
    const spec = { rules: all, resources, expiresOn: ends, reviewOn: ends, approvals: undefined };
    const { metadata, ...rest } = aPolicyException(spec, namespace);
    return { ...rest, metadata: { ...metadata, name } };
  });

/** Close to one another: versions that may fit, or not, and what no schema can see. */
const odd = fc.constantFrom<Resource>(
  ...(["1.0.0", "1.1.0"] as const).flatMap((version) => [
    aContractVersion({ version, examples: [{ name: "one", payload: "text" }] }),
    aContractVersion({ version, examples: [{ name: "one", payload: {} }] }),
  ]),
  aContractVersion({ version: "1.1.0", translations: [{ from: "1.0.0", jsonata: '"text"' }] }),
  aContractVersion({ version: "1.1.0", replacedBy: "1.0.0-rc-" }),
  aSource("a", 2575, { timeZone: "Nowhere/At-All" }),
  {
    ...aDataDomain(),
    spec: { owner: "care", changeWindows: [{ schedule: "0 22 29 2 *", durationMinutes: 60, timeZone: "UTC" }] },
  },
  aTarget("d", { http: { target: { url: "http://elsewhere.example" } } }),
  anIntegration("x", { to: [{ adapter: "d" }] }),
  aPolicyException(),
  // Written back into the system that owns it, which takes it by no way.
  aContractVersion({ json: undefined, fhir: { release: "R4", resources: ["Patient"] } }),
  aTarget("d", { system: "ehr" }),
  owningPatients(),
);

function owningPatients(): Resource {
  const care = aDataDomain({ ehr: ["clinic/d"] });
  return {
    ...care,
    spec: { ...care.spec, entities: [{ entity: "Patient", primary: "ehr", onConflict: "Quarantine", writePaths: [] }] },
  };
}

const applying = fc
  .oneof(
    { weight: 3, arbitrary: contractVersions.map(aContractVersion) },
    { weight: 5, arbitrary: adapters },
    { weight: 3, arbitrary: integrations },
    { weight: 3, arbitrary: dataDomains },
    { weight: 1, arbitrary: adapterClasses },
    { weight: 2, arbitrary: exceptions },
    { weight: 4, arbitrary: odd },
  )
  .map((resource) =>
    asking(`apply ${nameOf(resource)} ${JSON.stringify(resource.spec)}`, (cluster) => cluster.applied(resource)),
  );

const nth = fc.nat();
const lives = fc.uniqueArray(fc.integer({ min: -20, max: 90 }), { minLength: 1, maxLength: 4 });
const toOne = fc.oneof(
  {
    weight: 2,
    arbitrary: nth.map((n) => asking("delete", (cluster) => on(cluster.all, n, (each) => cluster.deleted(each)))),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(nth, fc.constantFrom("care", "care <care@hospital.example>"))
      .map(([n, owner]) =>
        asking("give to another owner", (cluster) =>
          on(cluster.all.filter(hasOwner), n, (each) => cluster.applied(ownedBy(each, owner))),
        ),
      ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(nth, lives).map(([n, days]) =>
      asking("give another life", (cluster) =>
        on(cluster.world.contractVersions, n, (each) =>
          cluster.applied({
            ...each,
            spec: { ...each.spec, lifecycle: lifeFrom(each.spec.lifecycle, days, cluster.now) },
          }),
        ),
      ),
    ),
  },
  {
    weight: 3,
    arbitrary: nth.map((n) =>
      asking("approve", (cluster) =>
        on(cluster.world.policyExceptions, n, (each) =>
          cluster.applied({ ...each, spec: { ...each.spec, approvals: [{ approver: "grace" }] } }),
        ),
      ),
    ),
  },
);

const hasOwner = ({ kind }: Resource): boolean => kind !== "PolicyException";
const ownedBy = (resource: Resource, owner: string): Resource =>
  ({ ...resource, spec: { ...resource.spec, owner } }) as Resource;

/** What was reached stays, mostly: else nothing but that would ever be told. */
function lifeFrom(before: Lifecycle | undefined, days: readonly number[], now: number): Lifecycle {
  const instants = days.toSorted((a, b) => a - b).map((day) => seconds(now + day * DAY_MS));
  const publishedOn = before?.publishedOn ?? instants.shift() ?? seconds(now);
  const [deprecatedOn, sunsetOn, retiredOn] = instants.filter((instant) => instant >= publishedOn);
  return {
    publishedOn,
    ...(deprecatedOn !== undefined && { deprecatedOn }),
    ...(sunsetOn !== undefined && { sunsetOn }),
    ...(retiredOn !== undefined && { retiredOn }),
  };
}

function asking(title: string, ask: Ask): Pick<Step, "title" | "ask"> {
  return { title, ask };
}

const on = <R>(all: readonly R[], n: number, change: (one: R) => Change): Change | undefined => {
  const one = all[n % Math.max(1, all.length)];
  return one && change(one);
};

export const histories: fc.Arbitrary<Step[]> = fc.array(
  fc
    .record({
      asked: fc.oneof({ weight: 2, arbitrary: applying }, { weight: 1, arbitrary: toOne }),
      days: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 })),
      restarts: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      unasked: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
    })
    .map(({ asked, ...rest }) => ({ ...asked, ...rest })),
  { minLength: 8, maxLength: 24 },
);
