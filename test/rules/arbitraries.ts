import fc from "fast-check";
import { dataDomain } from "../../src/api/datadomain.ts";
import { API_VERSION } from "../../src/api/meta.ts";
import { DAY_MS } from "../../src/base/days.ts";
import type { Resource } from "../../src/policy/rule.ts";
import { aSource, aTarget, anAdapterClass, anIntegration } from "../builders/resources.ts";

/** Resources of few names, so that they meet: what one says of another is what rules are about. */

export const START = Date.parse("2027-01-01T00:00:00Z");
export const atDay = (day: number): string => new Date(START + day * DAY_MS).toISOString().replace(".000", "");

const version = fc.constantFrom("1.0.0", "1.1.0", "2.0.0");
const contract = fc.constantFrom("visit", "order");
const namespace = fc.constantFrom("clinic", "lab");
const system = fc.constantFrom("ehr", "lis", "ris");
const type = fc.constantFrom("object", "array", "string");

export const contractVersions = fc
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
export const adapters = fc.oneof(
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
export const integrations = fc
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
export const dataDomains = fc
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

export const adapterClasses = fc
  .record({
    name: fc.constantFrom("clinical", "trial"),
    isDefault: fc.boolean(),
    ownerContact: fc.boolean(),
    tlsOutsidePodNetwork: fc.boolean(),
    namePattern: fc.option(fc.constantFrom("[a-c]", "(d|e)+"), { nil: undefined }),
    serviceLevels: fc.option(fc.subarray(["24x7", "office-hours"], { minLength: 1 }), { nil: undefined }),
  })
  .map(({ name, isDefault, ...require }) => anAdapterClass(require, { isDefault }, name));

export const nameOf = ({ kind, metadata: { namespace: where = "", name } }: Resource): string =>
  `${kind} ${where}/${name}`;
