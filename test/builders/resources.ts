import { adapter, type Adapter } from "../../src/api/adapter.ts";
import { type AdapterClass, adapterClass } from "../../src/api/adapterclass.ts";
import { contractVersion, type ContractVersion } from "../../src/api/contractversion.ts";
import { type DataDomain, dataDomain } from "../../src/api/datadomain.ts";
import { integration, type Integration } from "../../src/api/integration.ts";
import { API_VERSION } from "../../src/api/meta.ts";
import { type PolicyException, policyException } from "../../src/api/policyexception.ts";
import { type Resource, byKind } from "../../src/compile/resources.ts";
import type { World } from "../../src/policy/rule.ts";

/** `visit` 1.0.0 in the domain `care`, unless `spec` says otherwise; named as it has to be. */
export function aContractVersion(spec: Partial<ContractVersion["spec"]> = {}): ContractVersion {
  const { contract = "visit", version = "1.0.0" } = spec;
  return contractVersion.parse({
    apiVersion: API_VERSION,
    kind: "ContractVersion",
    metadata: { name: `${contract}-v${version}` },
    spec: { contract, version, domain: "care", owner: "care", json: { schema: { type: "object" } }, ...spec },
  });
}

/** The domain `care`, which gives systems to Adapters: `{ ehr: ["clinic/ehr"] }`. */
export function aDataDomain(systems: Record<string, string[]> = {}, name = "care"): DataDomain {
  return dataDomain.parse({
    apiVersion: API_VERSION,
    kind: "DataDomain",
    metadata: { name },
    spec: {
      owner: `${name} <${name}@hospital.example>`,
      systems: Object.entries(systems).map(([system, adapters]) => ({ system, adapters: adapters.map(namedBy) })),
    },
  });
}

function namedBy(adapter: string): { namespace: string; name: string } {
  const [namespace = "", name = ""] = adapter.split("/");
  return { namespace, name };
}

/** The class `clinical` of the review board, unless `spec` says otherwise. */
export function anAdapterClass(
  require: Partial<AdapterClass["spec"]["require"]> = {},
  spec: object = {},
  name = "clinical",
): AdapterClass {
  return adapterClass.parse({
    apiVersion: API_VERSION,
    kind: "AdapterClass",
    metadata: { name },
    spec: { owner: "review board <review@hospital.example>", require, ...spec },
  });
}

/** Listens for HL7 v2 on `port` and emits `visit` 1.0.0. */
export function aSource(name: string, port = 2575, spec: object = {}, namespace = "clinic"): Adapter {
  const source = { mllp: { source: { port } }, emits: [{ contract: "visit", version: "1.0.0" }] };
  return anAdapter(name, { ...source, ...spec }, namespace);
}

/** Sends `visit` 1.0.0 to a web service. */
export function aTarget(name: string, spec: object = {}, namespace = "clinic"): Adapter {
  const target = {
    http: { target: { url: "http://127.0.0.1:8080" } },
    accepts: [{ contract: "visit", version: "1.0.0" }],
  };
  return anAdapter(name, { ...target, ...spec }, namespace);
}

function anAdapter(name: string, spec: object, namespace: string): Adapter {
  const metadata = { name, namespace };
  return adapter.parse({
    apiVersion: API_VERSION,
    kind: "Adapter",
    metadata,
    spec: { system: name, owner: name, ...spec },
  });
}

/** Delivers `visit` ^1.0.0 to the adapter `lab`, unless `event` says otherwise. */
export function anIntegration(name: string, event: object = {}, namespace = "clinic"): Integration {
  const route = { from: { contract: "visit", version: "^1.0.0" }, to: [{ adapter: "lab" }], ...event };
  const metadata = { name, namespace };
  return integration.parse({
    apiVersion: API_VERSION,
    kind: "Integration",
    metadata,
    spec: { owner: "care", event: route },
  });
}

/** Asked for by `ada`, approved by `grace`: that the Integration `clinic/visits` need not keep `rules`. */
export function aPolicyException(spec: Partial<PolicyException["spec"]> = {}, namespace = "clinic"): PolicyException {
  return policyException.parse({
    apiVersion: API_VERSION,
    kind: "PolicyException",
    metadata: { name: "old-lab", namespace },
    spec: {
      requestedBy: "ada",
      reason: "the laboratory moves in May",
      rules: ["ownership/system-claim"],
      resources: [{ kind: "Integration", name: "visits" }],
      expiresOn: "2027-05-01T00:00:00Z",
      reviewOn: "2027-04-01T00:00:00Z",
      approvals: [{ approver: "grace" }],
      ...spec,
    },
  });
}

/** Everything that there is, beside what is changed. */
export function aWorld(...resources: Resource[]): World {
  return { ...byKind(resources), sharedAddress: true };
}
