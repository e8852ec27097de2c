import { ownerRule } from "../../src/api/owner.ts";
import { API_VERSION, type Manifest, type Right, type Wrong } from "./case.ts";

/** Texts that look like `lab`, or nearly so. */
const LOOKALIKES: Record<string, string> = {
  "a Cyrillic letter": "l\u0430b",
  "a fullwidth letter": "l\uff41b",
  "a zero-width space": "la\u200bb",
  "a combining accent": "la\u0301b",
  "a turn to the left": "\u202elab",
};

const manifest = (kind: string, spec: object, name: string): Manifest => ({
  apiVersion: API_VERSION,
  kind,
  metadata: { name },
  spec: { ...spec },
});
const visit = { contract: "visit", version: "1.0.0" };
const json = { schema: { type: "object" } };
const emitting = { mllp: { source: { port: 2575 } } };
const adapter = (spec: object = {}, name = "lab") =>
  manifest("Adapter", { system: "lab", owner: "lab", ...emitting, emits: [visit], ...spec }, name);
const domain = (spec: object = {}, name = "care") => manifest("DataDomain", { owner: "care", ...spec }, name);
const contract = (spec: object = {}, name = "visit-v1.0.0") =>
  manifest("ContractVersion", { ...visit, domain: "care", owner: "care", json, ...spec }, name);
const integration = ({ from = {}, to = {}, owner = "care" }, name = "visits") =>
  manifest(
    "Integration",
    { owner, event: { from: { contract: "visit", version: "1.x", ...from }, to: [{ adapter: "lab", ...to }] } },
    name,
  );
const adapterClass = (spec: object = {}, name = "clinical") =>
  manifest("AdapterClass", { owner: "review board", ...spec }, name);
const exception = (resource: string, name = "old-lab") =>
  manifest(
    "PolicyException",
    {
      requestedBy: "ada",
      reason: "the laboratory moves in May",
      rules: ["lifecycle/new-use"],
      resources: [{ kind: "Adapter", name: resource }],
      expiresOn: "2027-05-01T00:00:00Z",
      reviewOn: "2027-04-01T00:00:00Z",
    },
    name,
  );

const NAMED: [what: string, resource: (text: string) => Manifest, says: string][] = [
  ["the name of an Adapter", (text) => adapter({}, text), "RFC 1123"],
  ["the name of a DataDomain", (text) => domain({}, text), "RFC 1123"],
  ["the name of a ContractVersion", (text) => contract({}, `${text}-v1.0.0`), "RFC 1123"],
  ["the name of an Integration", (text) => integration({}, text), "RFC 1123"],
  ["the name of an AdapterClass", (text) => adapterClass({}, text), "RFC 1123"],
  ["the name of a PolicyException", (text) => exception("lab", text), "RFC 1123"],
  ["the system of an Adapter", (system) => adapter({ system }), "spec.system"],
  ["the class of an Adapter", (text) => adapter({ class: text }), "spec.class"],
  [
    "a contract that an Adapter emits",
    (text) => adapter({ emits: [{ ...visit, contract: text }] }),
    "emits[0].contract",
  ],
  ["a contract", (text) => contract({ contract: text }), "spec.contract"],
  ["the domain of a contract", (text) => contract({ domain: text }), "spec.domain"],
  ["an entity of a contract", (text) => contract({ json: undefined, fhir: { resources: [text] } }), "resources[0]"],
  ["a contract that is subscribed to", (text) => integration({ from: { contract: text } }), "from.contract"],
  ["a target", (text) => integration({ to: { adapter: text } }), "to[0].adapter"],
  [
    "a system of a DataDomain",
    (system) => domain({ systems: [{ system, adapters: [{ namespace: "clinic", name: "lab" }] }] }),
    "systems[0].system",
  ],
  ["what is excepted", (text) => exception(text), "resources[0].name"],
];

const OWNERS: Record<string, string> = {
  "a zero-width space": "ca\u200bre",
  "a combining accent": "cafe\u0301",
  "a turn to the left": "care \u202e<care@hospital.example>",
  "a space that does not break": "care\u00a0team",
  "a second line": "care\nteam",
  "a space at its end": "care ",
  "a filler that has no shape": "care\u3164",
};
const OWNED: [kind: string, resource: (owner: string) => Manifest][] = [
  ["an Adapter", (owner) => adapter({ owner })],
  ["a DataDomain", (owner) => domain({ owner })],
  ["a ContractVersion", (owner) => contract({ owner })],
  ["an Integration", (owner) => integration({ owner })],
  ["an AdapterClass", (owner) => adapterClass({ owner })],
];

/** Names that people would take for other ones. */
export const WRONG_LOOKALIKES: Wrong[] = [
  ...NAMED.flatMap(([what, resource, says]) =>
    Object.entries(LOOKALIKES).map(([how, text]) => ({ title: `${what} with ${how}`, resource: resource(text), says })),
  ),
  ...OWNED.flatMap(([kind, resource]) =>
    Object.entries(OWNERS).map(([how, owner]) => ({
      title: `the owner of ${kind} with ${how}`,
      resource: resource(owner),
      says: ownerRule.message,
    })),
  ),
];

export const RIGHT_LOOKALIKES: Right[] = [
  "registration <reg@hospital.example>",
  "Zo\u00eb's café, 3rd floor",
  "Регистратура <reg@hospital.example>",
  "受付チーム",
  "स्वागत कक्ष",
  "قسم الاستقبال",
].map((owner) => ({ title: `the owner ${owner}`, resource: adapter({ owner }) }));
