import { API_VERSION } from "../../src/api/meta.ts";
import type { KubeObject } from "../../src/operator/kube/resource.ts";

/** The resources of a large hospital group. */
export interface Estate {
  contractVersions: KubeObject[];
  adapters: KubeObject[];
  integrations: KubeObject[];
}

export interface EstateSize {
  adapters: number;
  integrations: number;
}

const CONTRACTS = 20;
const DOMAINS = 5;
/** Of the adapters, those that listen; the others are targets. */
const SOURCES = 0.2;

/** One in five adapters is a source; Integrations are spread evenly over contracts and targets. */
export function estateOf(size: EstateSize): Estate {
  const sources = Math.round(size.adapters * SOURCES);
  const targets = size.adapters - sources;
  const routes = Array.from({ length: size.integrations }, (_, i) => ({
    contract: (i + Math.floor(i / targets)) % CONTRACTS,
    target: i % targets,
  }));
  const acceptedBy = (target: number) => new Set(routes.filter((r) => r.target === target).map((r) => r.contract));
  return {
    contractVersions: Array.from({ length: CONTRACTS }, (_, i) => contractVersion(i)),
    adapters: [
      ...Array.from({ length: sources }, (_, i) => source(i)),
      ...Array.from({ length: targets }, (_, i) => target(i, acceptedBy(i))),
    ],
    integrations: routes.map((route, i) => integration(i, route)),
  };
}

const numbered = (name: string, n: number): string => `${name}-${String(n).padStart(4, "0")}`;
const contractName = (n: number): string => numbered("contract", n);
const targetName = (n: number): string => numbered("target", n);

function contractVersion(n: number): KubeObject {
  const schema = {
    type: "object",
    required: ["patient", "at"],
    properties: {
      patient: { type: "string", minLength: 1 },
      at: { type: "string", format: "date-time" },
      ward: { type: "string" },
      items: { type: "array", items: { type: "object", properties: { code: { type: "string" }, value: {} } } },
    },
  };
  const contract = contractName(n);
  const spec = { contract, version: "1.0.0", domain: `domain-${n % DOMAINS}`, owner: "care", json: { schema } };
  return resource("ContractVersion", `${contract}-v1.0.0`, spec);
}

function source(n: number): KubeObject {
  const name = numbered("source", n);
  const mapping = { version: "1.0.0", jsonata: `{ "patient": $[segment="PID"].\`3.1\`, "at": $message.receivedAt }` };
  const emits = [{ contract: contractName(n % CONTRACTS), version: "1.0.0", mapping }];
  return resource("Adapter", name, { system: name, owner: "care", mllp: { source: { port: 2575 } }, emits }, true);
}

function target(n: number, accepted: ReadonlySet<number>): KubeObject {
  const name = targetName(n);
  const mapping = { version: "1.0.0", jsonata: `{ "id": patient, "when": at, "codes": items.code, "of": "${name}" }` };
  const accepts = [...accepted].map((contract) => ({ contract: contractName(contract), version: "1.0.0", mapping }));
  const http = { target: { url: `http://10.0.0.${n % 250}:8080/in` } };
  return resource("Adapter", name, { system: name, owner: "care", http, accepts }, true);
}

function integration(n: number, { contract, target: to }: { contract: number; target: number }): KubeObject {
  const from = { contract: contractName(contract), version: "^1.0.0" };
  const event = { from, filter: `ward != "${n}"`, to: [{ adapter: targetName(to) }] };
  return resource("Integration", numbered("integration", n), { owner: "care", event }, true);
}

function resource(kind: string, name: string, spec: object, namespaced = false): KubeObject {
  const metadata = namespaced ? { name, namespace: "default" } : { name };
  return { apiVersion: API_VERSION, kind, metadata, spec } as KubeObject;
}
