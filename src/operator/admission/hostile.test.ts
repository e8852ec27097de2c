import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import {
  aContractVersion,
  aDataDomain,
  aPolicyException,
  aSource,
  aTarget,
  aWorld,
  anIntegration,
} from "../../../test/builders/resources.ts";
import { AuditSink } from "../../../test/builders/auditsink.ts";
import { type Answered, aReview, UID } from "../../../test/builders/reviews.ts";
import type { Resource } from "../../policy/rule.ts";
import { createOperatorMetrics } from "../../telemetry/operatormetrics.ts";
import { Aside } from "./aside.ts";
import { judge } from "./judge.ts";
import { MAX_WARNING } from "./warnings.ts";

const aside = new Aside();
const deps = {
  world: () =>
    aWorld(
      aDataDomain({ lis: ["clinic/lis"] }),
      aPolicyException(),
      aContractVersion(),
      aSource("ehr"),
      aTarget("lab"),
      anIntegration("visits"),
    ),
  access: () => Promise.resolve(false),
  aside,
  clock: { now: () => 0 },
  metrics: createOperatorMetrics({ process: false }),
  audit: new AuditSink(),
};

afterAll(() => aside.stop());

const RESOURCES: Resource[] = [
  aDataDomain({ ehr: ["clinic/ehr"] }),
  aPolicyException(),
  aContractVersion({ translations: [{ from: "0.9.0", jsonata: "$" }], sensitivity: [] }),
  aSource("lis", 2575, { timeZone: "Europe/Berlin" }),
  aTarget("lab"),
  anIntegration("visits", {
    filter: "true",
    to: [{ adapter: "lab", version: "1.0.0", reply: { contract: "ack", version: "1.0.0", map: "$" } }],
  }),
];

/** Texts that programs have stumbled over, and any others. */
const TEXTS = fc.oneof(
  fc.constantFrom(
    "",
    "__proto__",
    "constructor",
    "1.0.0",
    "^1.x",
    "99999999999999999999.0.0",
    "$eval(",
    "\u0000",
    "💉",
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
);
const VALUES = fc.oneof(
  fc.jsonValue(),
  TEXTS,
  fc.constantFrom(-1, 1e308, 0.5, null, [], {}),
  fc.dictionary(TEXTS, TEXTS),
);

/** `resource` with what stands at one place of it replaced. `choice` in [0, 1) says where. */
function damaged(resource: Resource, choice: number, value: unknown): unknown {
  const copy = structuredClone(resource) as object;
  const places: { parent: Record<string, unknown>; key: string }[] = [];
  const visit = (parent: Record<string, unknown>) => {
    for (const [key, child] of Object.entries(parent)) {
      places.push({ parent, key });
      if (typeof child === "object" && child !== null) visit(child as Record<string, unknown>);
    }
  };
  visit(copy as Record<string, unknown>);
  const place = places[Math.floor(choice * places.length)];
  if (place !== undefined) place.parent[place.key] = value;
  return copy;
}

const DAMAGED = fc
  .tuple(fc.constantFrom(...RESOURCES), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), VALUES)
  .map((parts) => damaged(...parts));
const OBJECTS = fc.oneof({ weight: 6, arbitrary: DAMAGED }, { weight: 1, arbitrary: VALUES });

async function answer(object: unknown, old: unknown, operation: string, kind: string): Promise<Answered["response"]> {
  const request = { operation, kind: { group: "fascia.dev", version: "v1alpha1", kind } };
  const review = aReview(object as never, request, old as never);
  return (JSON.parse(await judge(Buffer.from(JSON.stringify(review)), deps)) as Answered).response;
}

describe("Whatever stands in a review", () => {
  const KINDS = fc.constantFrom("DataDomain", "ContractVersion", "Adapter", "Integration", "PolicyException");
  const OPERATIONS = fc.constantFrom("CREATE", "UPDATE", "DELETE");

  test("it is answered well-formed, under its uid, and a deletion never denied", async () => {
    const property = fc.asyncProperty(OBJECTS, OBJECTS, OPERATIONS, KINDS, async (object, old, operation, kind) => {
      const given = record(object)["kind"];
      const response = await answer(object, old, operation, typeof given === "string" ? given : kind);
      expect(response.uid).toBe(UID);
      expect(response.allowed).toBe(response.status === undefined);
      if (operation === "DELETE") expect(response.allowed).toBe(true);
      for (const warning of response.warnings ?? []) expect(warning.length).toBeLessThanOrEqual(MAX_WARNING);
    });
    expect(await fc.check(property, { numRuns: 600 })).toMatchObject({ failed: false });
  });
});

const record = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
