import { describe, expect, test } from "vitest";
import type { Adapter } from "../api/adapter.ts";
import { type DataDomain, dataDomain } from "../api/datadomain.ts";
import {
  anAdapterClass,
  aContractVersion,
  aDataDomain,
  aSource,
  aTarget,
  aWorld,
  anIntegration,
} from "../../test/builders/resources.ts";
import { evaluate } from "./evaluate.ts";
import { type Resource, RULE_IDS, type Verdict, type World } from "./rule.ts";
import { RULES_ALONE, RULES_AMONG } from "./rules.ts";

interface Case {
  title: string;
  resource: Resource;
  others?: World;
  /** `<severity> <rule> <path>` of each verdict. */
  verdicts: string[];
  /** Texts that the messages must have. */
  says?: string[];
}

const visit = aContractVersion();
const HOSPITAL = aWorld(visit, aSource("ehr"), aTarget("lab"), anIntegration("visits"));

const created = <R extends Resource>(resource: R, creationTimestamp: string): R => ({
  ...resource,
  metadata: { ...resource.metadata, creationTimestamp },
});
const atNodes = (nodePort: number | undefined) => ({
  service: { type: "NodePort", ...(nodePort !== undefined && { nodePort }) },
});
const inPods = (...adapters: Resource[]): World => ({ ...aWorld(visit, ...adapters), sharedAddress: false });

const NEVER: Case[] = [
  {
    title: "a version whose ContractVersion could never have a name",
    resource: aSource("ehr", 2575, { emits: [{ contract: "visit", version: "1.0.0-rc-" }] }),
    verdicts: ["Deny references/never-resolves spec.emits[0].version", "Warn references/unresolved spec.emits[0]"],
    says: ["there can never be a ContractVersion visit-v1.0.0-rc-", "name another version"],
  },
  {
    title: "such a version among what a target accepts",
    resource: aTarget("lab", { accepts: [{ contract: "visit", version: "1.0.0--.1" }] }),
    verdicts: ["Deny references/never-resolves spec.accepts[0].version"],
  },
  {
    title: "such a version as exact subscription",
    resource: anIntegration("visits", { from: { contract: "visit", version: "1.0.0-rc-" } }),
    verdicts: ["Deny references/never-resolves spec.event.from.version", "Warn references/unresolved spec.event.from"],
  },
  {
    title: "such a version as what is delivered, or as what a reply becomes",
    resource: anIntegration("visits", {
      to: [{ adapter: "lab", version: "1.0.0-a-", reply: { contract: "ack", version: "2.0.0-a-" } }],
    }),
    verdicts: [
      "Deny references/never-resolves spec.event.to[0].version",
      "Deny references/never-resolves spec.event.to[0].reply.version",
      "Warn references/unresolved spec.event.to[0].adapter",
    ],
  },
  {
    title: "such a version as neighbour of a contract",
    resource: aContractVersion({ translations: [{ from: "0.9.0-a-", jsonata: "$" }] }),
    verdicts: ["Deny references/never-resolves spec.translations[0].from"],
  },
  {
    title: "such a version as successor",
    resource: aContractVersion({ replacedBy: "2.0.0-a-" }),
    verdicts: ["Deny references/never-resolves spec.replacedBy", "Warn references/unresolved spec.replacedBy"],
  },
  {
    title: "a range around such a version, which others satisfy",
    resource: anIntegration("visits", { from: { contract: "visit", version: "^1.0.0-a-" } }),
    verdicts: [],
  },
  {
    title: "a subscription to one pre-release",
    resource: anIntegration("visits", { from: { contract: "visit", version: "1.1.0-rc.1" } }),
    others: aWorld(aContractVersion({ version: "1.1.0-rc.1" }), aTarget("lab")),
    verdicts: [],
  },
  {
    title: "a pre-release whose name is one",
    resource: aSource("ehr", 2575, { emits: [{ contract: "visit", version: "1.0.0-rc.1" }] }),
    others: aWorld(aContractVersion({ version: "1.0.0-rc.1" })),
    verdicts: [],
  },
];

const UNRESOLVED: Case[] = [
  {
    title: "a source before its contract",
    resource: aSource("ehr"),
    others: aWorld(),
    verdicts: ["Warn references/unresolved spec.emits[0]"],
    says: ["ContractVersion visit-v1.0.0 does not exist", "Until that changes, this part has no effect"],
  },
  {
    title: "a route before its contract",
    resource: anIntegration("visits"),
    others: aWorld(),
    verdicts: ["Warn references/unresolved spec.event.from"],
    says: ["no ContractVersion of visit satisfies ^1.0.0; there is no version of visit at all"],
  },
  {
    title: "a version before its successor",
    resource: aContractVersion({ replacedBy: "2.0.0" }),
    verdicts: ["Warn references/unresolved spec.replacedBy"],
    says: ["ContractVersion visit-v2.0.0 does not exist", "users are told to move to it in vain"],
  },
  {
    title: "a version whose successor is not published yet",
    resource: aContractVersion({ replacedBy: "2.0.0" }),
    others: aWorld(aContractVersion({ version: "2.0.0", lifecycle: {} })),
    verdicts: ["Warn references/unresolved spec.replacedBy"],
    says: ["ContractVersion visit-v2.0.0 is a Draft, which only its own owner may use. Until that changes"],
  },
  {
    title: "a version whose successor is on its way out",
    resource: aContractVersion({ replacedBy: "2.0.0" }),
    others: aWorld(aContractVersion({ version: "2.0.0", lifecycle: { deprecatedOn: "1970-01-01T00:00:00Z" } })),
    verdicts: ["Warn references/unresolved spec.replacedBy"],
    says: ["ContractVersion visit-v2.0.0 is Deprecated itself"],
  },
  {
    title: "a version whose successor is there",
    resource: aContractVersion({ replacedBy: "2.0.0" }),
    others: aWorld(aContractVersion({ version: "2.0.0" })),
    verdicts: [],
  },
  {
    title: "a version whose successor is one of another contract",
    resource: aContractVersion({ replacedBy: "2.0.0" }),
    others: aWorld(aContractVersion({ contract: "order", version: "2.0.0" })),
    verdicts: ["Warn references/unresolved spec.replacedBy"],
  },
  {
    title: "a route before its target",
    resource: anIntegration("visits"),
    others: aWorld(visit),
    verdicts: ["Warn references/unresolved spec.event.to[0].adapter"],
    says: ["Adapter lab does not exist in namespace clinic"],
  },
  {
    title: "a route to an adapter of another namespace",
    resource: anIntegration("visits", {}, "elsewhere"),
    verdicts: ["Warn references/unresolved spec.event.to[0].adapter"],
  },
  {
    title: "a route to an adapter that only sends",
    resource: anIntegration("visits", { to: [{ adapter: "ehr" }] }),
    verdicts: ["Warn references/unresolved spec.event.to[0].adapter"],
    says: ["has no target"],
  },
  {
    title: "a route to an adapter that does not accept the contract",
    resource: anIntegration("visits"),
    others: aWorld(visit, aTarget("lab", { accepts: [{ contract: "order", version: "1.0.0" }] })),
    verdicts: ["Warn references/unresolved spec.event.to[0].adapter"],
    says: ["add it to its spec.accepts"],
  },
  { title: "a route whose every reference is there", resource: anIntegration("visits"), verdicts: [] },
];

const DOMAINS: Case[] = [
  {
    title: "a minor version in another domain",
    resource: aContractVersion({ version: "1.1.0", domain: "billing" }),
    verdicts: ["Deny contracts/domain-differs spec.domain"],
    says: ["visit-v1.0.0 belongs to the domain care", "write care, or publish 2.0.0 in billing"],
  },
  {
    title: "a major version in another domain",
    resource: aContractVersion({ version: "2.0.0", domain: "billing" }),
    verdicts: [],
  },
  {
    title: "another contract in another domain",
    resource: aContractVersion({ contract: "invoice", domain: "billing" }),
    verdicts: [],
  },
  {
    title: "a domain that changes while there is no other version",
    resource: aContractVersion({ domain: "billing" }),
    verdicts: [],
  },
];

const PORTS: Case[] = [
  {
    title: "a second listener on a port of the same address",
    resource: aSource("lis", 2575),
    verdicts: ["Deny listen/port-taken spec.mllp.source.port"],
    says: ["port 2575 is taken by Adapter clinic/ehr", "choose another port"],
  },
  {
    title: "a second listener in another namespace and with another protocol",
    resource: aSource("hook", 0, { mllp: undefined, http: { source: { port: 2575 } } }, "elsewhere"),
    verdicts: ["Deny listen/port-taken spec.http.source.port"],
  },
  { title: "a listener on a port of its own", resource: aSource("lis", 2576), verdicts: [] },
  { title: "the same listener again", resource: aSource("ehr", 2575), verdicts: [] },
  {
    title: "two listeners on whatever port is free",
    resource: aSource("lis", 0),
    others: aWorld(visit, aSource("ehr", 0)),
    verdicts: [],
  },
  {
    title: "the same port where each adapter has an address of its own",
    resource: aSource("lis", 2575),
    others: { ...HOSPITAL, sharedAddress: false },
    verdicts: [],
  },
  {
    title: "a node port that another adapter has, where they share the nodes",
    resource: aSource("lis", 2576, atNodes(30_100), "lab"),
    others: inPods(aSource("ehr", 2575, atNodes(30_100))),
    verdicts: ["Deny listen/port-taken spec.service.nodePort"],
    says: ["node port 30100 is taken by Adapter clinic/ehr", "leave it out for a free one"],
  },
  {
    title: "a node port of its own, or one that the cluster chooses",
    resource: aSource("lis", 2575, atNodes(undefined)),
    others: inPods(aSource("ehr", 2575, atNodes(30_100)), aSource("ris", 2575, atNodes(undefined))),
    verdicts: [],
  },
  {
    title: "the same node port in one process, which has no use for it",
    resource: aSource("lis", 2576, atNodes(30_100)),
    others: aWorld(visit, aSource("ehr", 2575, atNodes(30_100))),
    verdicts: [],
  },
];

const CLAIMS: Case[] = [
  {
    title: "an Adapter that acts as a system which a domain gives to another one",
    resource: aSource("lis", 2576, { system: "ehr" }),
    others: aWorld(visit, aDataDomain({ ehr: ["clinic/ehr", "clinic/ehr-old"] })),
    verdicts: ["Deny ownership/system-claim spec.system"],
    says: [
      "Adapter clinic/lis may not act as the system ehr",
      "DataDomain care gives it to Adapter clinic/ehr and 1 more",
      "Ask its owner (care <care@hospital.example>)",
    ],
  },
  {
    title: "an Adapter of that name in another namespace",
    resource: aSource("ehr", 2575, {}, "elsewhere"),
    others: aWorld(visit, aDataDomain({ ehr: ["clinic/ehr"] })),
    verdicts: ["Deny ownership/system-claim spec.system"],
  },
  {
    title: "the Adapter that acts as the system it was given",
    resource: aSource("ehr"),
    others: aWorld(visit, aDataDomain({ ehr: ["clinic/ehr"] })),
    verdicts: [],
  },
  {
    title: "a system that no domain has",
    resource: aSource("lis"),
    others: aWorld(visit, aDataDomain({ ehr: ["clinic/ehr"] })),
    verdicts: [],
  },
  {
    title: "a domain that gives away a system of another one",
    resource: aDataDomain({ lis: ["clinic/lis"], ehr: ["clinic/portal"] }, "digital"),
    others: aWorld(aDataDomain({ ehr: ["clinic/ehr"] })),
    verdicts: ["Deny ownership/domains-overlap spec.systems[1].system"],
    says: ["the DataDomains care (care <", "and digital (digital <", "both claim the system ehr: take it out of one"],
  },
  {
    title: "a domain that gives a system to other Adapters than before",
    resource: aDataDomain({ ehr: ["clinic/portal"] }),
    others: aWorld(aDataDomain({ ehr: ["clinic/ehr"] })),
    verdicts: [],
  },
];

const outward = (target: object) => ({ class: "clinical", http: undefined, ...target });
const at = (url: string) => outward({ http: { target: { url } } });
const TLS_CLASS = aWorld(visit, anAdapterClass({ tlsOutsidePodNetwork: true }));
const DEFAULT_CLASS = aWorld(visit, anAdapterClass({ tlsOutsidePodNetwork: true }, { isDefault: true }));
const secure = { tls: { secretName: "ehr-tls" } };

const NAMING = aWorld(
  visit,
  anAdapterClass(
    { namePattern: "(ehr|lis)-[a-z]+", labels: [{ key: "site", pattern: "north|south" }, { key: "app" }] },
    { isDefault: true },
  ),
);
const withLabels = (adapter: Adapter, labels: Record<string, string>): Adapter => ({
  ...adapter,
  metadata: { ...adapter.metadata, labels },
});
/** No pattern by itself, one that may look back, one that looks ahead, and a large one. */
const HOSTILE = ["a)|(b", "(a)\\1", "(?=a)a", "(a{1,50}){1,50}"];
const LEVELLED = aWorld(visit, anAdapterClass({ serviceLevels: ["24x7", "office-hours"] }, { isDefault: true }));

const INSIDE = [
  "http://lab.clinic.svc/api",
  "http://LAB-0.lab.clinic.svc.cluster.local:8080",
  "http://127.0.0.1:8080",
  "http://[::1]:8080",
  "http://localhost",
  "https://lab.example",
];
/** What a search domain of the node may answer, what only looks like a Service, and addresses. */
const OUTSIDE = [
  "http://lab.example",
  "http://lab",
  "http://lab.clinic",
  "http://lab.clinic.svc.",
  "http://lab.clinic.svc.example",
  "http://a.svc",
  "http://10.0.0.7",
  "http://localhost.example",
];

const BASELINE: Case[] = [
  {
    title: "a target outside without TLS",
    resource: aTarget("lab", at("http://lab.example/api")),
    others: TLS_CLASS,
    verdicts: ["Deny baseline/tls spec.http.target.url"],
    says: [
      "lab.example is reached outside the pod network without TLS",
      "AdapterClass clinical requires it (owner: review board <review@hospital.example>)",
      "write an https address, or name a Service as <name>.<namespace>.svc",
    ],
  },
  ...OUTSIDE.map((url) => ({
    title: `outside by its address ${url}`,
    resource: aTarget("lab", at(url)),
    others: TLS_CLASS,
    verdicts: ["Deny baseline/tls spec.http.target.url"],
  })),
  ...INSIDE.map((url) => ({
    title: `inside, or encrypted, by its address ${url}`,
    resource: aTarget("lab", at(url)),
    others: TLS_CLASS,
    verdicts: [],
  })),
  {
    title: "a FHIR server outside without TLS",
    resource: aTarget("lab", outward({ fhir: { target: { url: "http://fhir.example" } } })),
    others: TLS_CLASS,
    verdicts: ["Deny baseline/tls spec.fhir.target.url"],
  },
  {
    title: "a receiver of MLLP outside without TLS",
    resource: aTarget("lab", outward({ mllp: { target: { host: "lab.example", port: 2575 } } })),
    others: TLS_CLASS,
    verdicts: ["Deny baseline/tls spec.mllp.target"],
    says: ["add spec.mllp.target.tls"],
  },
  {
    title: "a receiver of MLLP outside with TLS",
    resource: aTarget("lab", outward({ mllp: { target: { host: "lab.example", port: 2575, tls: {} } } })),
    others: TLS_CLASS,
    verdicts: [],
  },
  {
    title: "a source that takes messages from outside without TLS",
    resource: aSource("ehr", 2575, { class: "clinical", ...atNodes(undefined) }),
    others: TLS_CLASS,
    verdicts: ["Deny baseline/tls spec.mllp.source"],
    says: ["a Service of type NodePort takes messages from outside", "add spec.mllp.source.tls"],
  },
  {
    title: "a webhook that takes messages from outside without TLS",
    resource: aSource("hook", 0, {
      class: "clinical",
      mllp: undefined,
      http: { source: { port: 8080 } },
      service: { type: "LoadBalancer" },
    }),
    others: TLS_CLASS,
    verdicts: ["Deny baseline/tls spec.http.source"],
  },
  {
    title: "a source that takes messages from outside with TLS",
    resource: aSource("ehr", 0, {
      class: "clinical",
      mllp: { source: { port: 2575, ...secure } },
      ...atNodes(undefined),
    }),
    others: TLS_CLASS,
    verdicts: [],
  },
  {
    title: "a source that takes messages from within the cluster",
    resource: aSource("ehr", 2575, { class: "clinical" }),
    others: TLS_CLASS,
    verdicts: [],
  },
  {
    title: "an Adapter of no class where none is the default",
    resource: aTarget("lab", { http: { target: { url: "http://lab.example" } } }),
    others: TLS_CLASS,
    verdicts: [],
  },
  {
    title: "an Adapter of no class where one is the default",
    resource: aTarget("lab", { http: { target: { url: "http://lab.example" } } }),
    others: DEFAULT_CLASS,
    verdicts: ["Deny baseline/tls spec.http.target.url"],
  },
  {
    title: "an Adapter of a class that is not there, which the default does not let go",
    resource: aTarget("lab", { class: "nosuch", http: { target: { url: "http://lab.example" } } }),
    others: DEFAULT_CLASS,
    verdicts: ["Deny baseline/tls spec.http.target.url", "Warn references/unresolved spec.class"],
    says: ["AdapterClass nosuch does not exist. Until it does, the default class holds"],
  },
  {
    title: "an Adapter of another class than the default",
    resource: aTarget("lab", { class: "trial", http: { target: { url: "http://lab.example" } } }),
    others: aWorld(
      visit,
      anAdapterClass({ tlsOutsidePodNetwork: true }, { isDefault: true }),
      anAdapterClass({}, {}, "trial"),
    ),
    verdicts: [],
  },
  {
    title: "an Adapter of which two classes are the default: the latest counts",
    resource: aTarget("lab", { http: { target: { url: "http://lab.example" } } }),
    others: aWorld(
      visit,
      created(anAdapterClass({}, { isDefault: true }, "later"), "2027-02-01T00:00:00Z"),
      created(anAdapterClass({ tlsOutsidePodNetwork: true }, { isDefault: true }), "2027-01-01T00:00:00Z"),
    ),
    verdicts: [],
  },
  {
    title: "an owner without an address",
    resource: aTarget("lab", { class: "clinical" }),
    others: aWorld(visit, anAdapterClass({ ownerContact: true })),
    verdicts: ["Deny baseline/owner spec.owner"],
    says: ['the owner "lab" has no address', "AdapterClass clinical requires it", "add one"],
  },
  {
    title: "a name and labels as the class wants them",
    resource: withLabels(aTarget("ehr-adt"), { site: "south", app: "", other: "x" }),
    others: NAMING,
    verdicts: [],
  },
  {
    title: "a name and labels of which the class wants others",
    resource: withLabels(aTarget("lehr-adt2"), { site: "northern" }),
    others: NAMING,
    verdicts: [
      "Deny baseline/naming metadata.name",
      "Deny baseline/naming metadata.labels",
      "Deny baseline/naming metadata.labels",
    ],
    says: [
      "the name lehr-adt2 does not match (ehr|lis)-[a-z]+, and AdapterClass clinical requires it",
      "apply it under another name",
      "the label site does not match north|south",
      "there is no label app",
      "add it",
    ],
  },
  {
    title: "a pattern of names that can't be compiled, which holds for nobody",
    resource: aTarget("lab"),
    others: aWorld(visit, anAdapterClass({ namePattern: "(a" }, { isDefault: true })),
    verdicts: [],
  },
  ...HOSTILE.map((namePattern) => ({
    title: `a class whose pattern of names is ${namePattern.slice(0, 20)}`,
    resource: anAdapterClass({ namePattern, labels: [{ key: "app" }, { key: "site", pattern: namePattern }] }),
    others: aWorld(),
    verdicts: ["Deny spec/unusable spec.require.namePattern", "Deny spec/unusable spec.require.labels[1].pattern"],
  })),
  {
    title: "a class with defaults that do not exist",
    resource: anAdapterClass({}, { defaults: { timeZone: "Europe/Atlantis", charset: "KLINGON" } }),
    others: aWorld(),
    verdicts: ["Deny spec/unusable spec.defaults.timeZone", "Deny spec/unusable spec.defaults.charset"],
  },
  {
    title: "no service level where there are some",
    resource: aTarget("lab"),
    others: LEVELLED,
    verdicts: ["Deny baseline/service-level spec.serviceLevel"],
    says: ["no service level is named, and AdapterClass clinical requires it", "write one of 24x7, office-hours"],
  },
  {
    title: "a service level that there is not",
    resource: aTarget("lab", { serviceLevel: "gold" }),
    others: LEVELLED,
    verdicts: ["Deny baseline/service-level spec.serviceLevel"],
    says: ["there is no service level gold"],
  },
  {
    title: "a service level that there is",
    resource: aTarget("lab", { serviceLevel: "24x7" }),
    others: LEVELLED,
    verdicts: [],
  },
  {
    title: "an owner with an address",
    resource: aTarget("lab", { class: "clinical", owner: "laboratory <lab@hospital.example>" }),
    others: aWorld(visit, anAdapterClass({ ownerContact: true })),
    verdicts: [],
  },
];

const withPatient = (entity: object = {}, name = "care", system = "ehr"): DataDomain => {
  const domain = aDataDomain({ [system]: [`clinic/${system}`] }, name);
  const entities = [{ entity: "Patient", primary: system, ...entity }];
  return dataDomain.parse({ ...domain, spec: { ...domain.spec, entities } });
};
const fhirVisit = aContractVersion({ json: undefined, fhir: { release: "R4", resources: ["Encounter", "Patient"] } });
const way = (contract: string, adapter: string, namespace = "clinic") => ({ contract, namespace, adapter });
const TELECOM = { fields: [{ path: "Patient.telecom", primary: "portal" }] };

const OWNERSHIP: Case[] = [
  {
    title: "a source of an entity that belongs to another system",
    resource: aSource("billing"),
    others: aWorld(fhirVisit, withPatient()),
    verdicts: ["Deny ownership/foreign-field spec.emits[0]"],
    says: [
      "Adapter clinic/billing, which acts as the system billing, may not emit visit-v1.0.0: it carries Patient",
      "belongs to the system ehr by DataDomain care (owner: care <care@hospital.example>)",
    ],
  },
  {
    title: "a source of its own entity",
    resource: aSource("ehr"),
    others: aWorld(fhirVisit, withPatient()),
    verdicts: [],
  },
  {
    title: "a source of an entity that no domain has, before its contract, and in JSON",
    resource: aSource("billing"),
    others: aWorld(visit, withPatient()),
    verdicts: [],
  },
  {
    title: "a source whose contract is not there yet",
    resource: aSource("billing"),
    others: aWorld(withPatient()),
    verdicts: ["Warn references/unresolved spec.emits[0]"],
  },
  {
    title: "a source of its own entity, of which another system has a field",
    resource: aSource("ehr"),
    others: aWorld(fhirVisit, withPatient(TELECOM)),
    verdicts: ["Warn ownership/foreign-field spec.emits[0]"],
    says: ["Patient.telecom (portal) belongs to others", "Messages with it go to quarantine"],
  },
  {
    title: "a source that owns a field of the entity",
    resource: aSource("portal"),
    others: aWorld(fhirVisit, withPatient(TELECOM)),
    verdicts: ["Warn ownership/foreign-field spec.emits[0]"],
    says: ["all but Patient.telecom of Patient (ehr) belongs to others"],
  },
  {
    title: "a reply that carries what the target does not own",
    resource: anIntegration("orders", {
      from: { contract: "order", version: "^1.0.0" },
      to: [{ adapter: "lab", reply: { contract: "visit", version: "1.0.0" } }],
    }),
    others: aWorld(
      fhirVisit,
      aContractVersion({ contract: "order" }),
      aTarget("lab", { accepts: [{ contract: "order", version: "1.0.0" }] }),
      withPatient(),
    ),
    verdicts: ["Deny ownership/foreign-field spec.event.to[0].reply"],
  },
  {
    title: "a delivery to a system that is no consumer",
    resource: anIntegration("visits"),
    others: aWorld(fhirVisit, aTarget("lab"), withPatient({ consumers: ["pharmacy"] })),
    verdicts: ["Deny ownership/no-consumer spec.event.to[0].adapter"],
    says: [
      "Adapter clinic/lab acts as the system lab, which is no consumer of Patient, and visit-v1.0.0 carries it",
      "DataDomain care (care <care@hospital.example>)",
    ],
  },
  {
    title: "a delivery to nobody of an entity that has no consumers",
    resource: anIntegration("visits"),
    others: aWorld(fhirVisit, aTarget("lab"), withPatient({ consumers: [] })),
    verdicts: ["Deny ownership/no-consumer spec.event.to[0].adapter"],
  },
  {
    title: "a delivery to a consumer",
    resource: anIntegration("visits"),
    others: aWorld(fhirVisit, aTarget("lab"), withPatient({ consumers: ["lab"] })),
    verdicts: [],
  },
  {
    title: "a delivery to the primary system itself",
    resource: anIntegration("visits"),
    others: aWorld(fhirVisit, aTarget("lab", { system: "ehr" }), withPatient({ consumers: [] })),
    verdicts: [],
  },
  {
    title: "a delivery of an entity that everybody may receive",
    resource: anIntegration("visits"),
    others: aWorld(fhirVisit, aTarget("lab"), withPatient()),
    verdicts: [],
  },
  {
    title: "a delivery of a version without the entity, where another version has it",
    resource: anIntegration("visits", { to: [{ adapter: "lab", version: "1.0.0" }] }),
    others: aWorld(
      visit,
      aContractVersion({ ...fhirVisit.spec, version: "1.1.0" }),
      aTarget("lab"),
      withPatient({ consumers: [] }),
    ),
    verdicts: [],
  },
  {
    title: "a delivery to an Adapter that is not there yet",
    resource: anIntegration("visits"),
    others: aWorld(fhirVisit, withPatient({ consumers: [] })),
    verdicts: ["Warn references/unresolved spec.event.to[0].adapter"],
  },
  {
    title: "a write-back by a way that the domain does not name",
    resource: anIntegration("visits"),
    others: aWorld(fhirVisit, aTarget("lab", { system: "ehr" }), withPatient({ writePaths: [way("profile", "lab")] })),
    verdicts: ["Deny ownership/write-path spec.event.to[0].adapter"],
    says: [
      "Adapter clinic/lab acts as the system ehr, which owns Patient: what is written back to it goes by profile into clinic/lab",
      "visit-v1.0.0, which carries Patient, does not",
      "DataDomain care (care <care@hospital.example>)",
    ],
  },
  {
    title: "a write-back by its contract into another Adapter of the system, or of another namespace",
    resource: anIntegration("visits"),
    others: aWorld(
      fhirVisit,
      aTarget("lab", { system: "ehr" }),
      withPatient({ writePaths: [way("visit", "ehr"), way("visit", "lab", "north"), way("a", "b"), way("c", "d")] }),
    ),
    verdicts: ["Deny ownership/write-path spec.event.to[0].adapter"],
    says: ["by visit into clinic/ehr, by visit into north/lab, by a into clinic/b and 1 more"],
  },
  {
    title: "a write-back where there is no way",
    resource: anIntegration("visits"),
    others: aWorld(fhirVisit, aTarget("lab", { system: "ehr" }), withPatient({ writePaths: [] })),
    verdicts: ["Deny ownership/write-path spec.event.to[0].adapter"],
    says: ["goes no way at all"],
  },
  {
    title: "a write-back by a way that the domain names",
    resource: anIntegration("visits"),
    others: aWorld(
      fhirVisit,
      aTarget("lab", { system: "ehr" }),
      withPatient({ writePaths: [way("profile", "ehr"), way("visit", "lab")] }),
    ),
    verdicts: [],
  },
  {
    title: "a delivery to another system, where write-backs are bound",
    resource: anIntegration("visits"),
    others: aWorld(fhirVisit, aTarget("lab"), withPatient({ writePaths: [] })),
    verdicts: [],
  },
  {
    title: "a write-back of a contract without the entity",
    resource: anIntegration("visits"),
    others: aWorld(visit, aTarget("lab", { system: "ehr" }), withPatient({ writePaths: [] })),
    verdicts: [],
  },
  {
    title: "a write-back into an Adapter that is not there yet",
    resource: anIntegration("visits"),
    others: aWorld(fhirVisit, withPatient({ writePaths: [] })),
    verdicts: ["Warn references/unresolved spec.event.to[0].adapter"],
  },
  {
    title: "a domain that takes an entity of another one",
    resource: withPatient({}, "grabbing", "portal"),
    others: aWorld(withPatient()),
    verdicts: ["Deny ownership/domains-overlap spec.entities[0].entity"],
    says: ["the DataDomains care (care <", "and grabbing (", "both claim the entity Patient: take it out of one"],
  },
  {
    title: "an owner, whatever a domain that came later says",
    resource: aSource("ehr"),
    others: aWorld(withPatient({}, "grabbing", "portal"), withPatient(), fhirVisit),
    verdicts: [],
  },
];

test("Ownership over ten thousand Adapters and a full matrix is judged in a moment", () => {
  const targets = Array.from({ length: 10_000 }, (_, i) => aTarget(`target-${i}`));
  const matrix = Array.from({ length: 200 }, (_, i) =>
    aDataDomain({ [`system-${i}`]: [`clinic/system-${i}`] }, `d-${i}`),
  );
  const world = aWorld(fhirVisit, withPatient({ consumers: [] }), ...matrix, ...targets);
  const begun = performance.now();
  for (let i = 0; i < 20; i++) {
    expect(
      judge({ resource: anIntegration("visits", { to: [{ adapter: "target-9999" }] }), others: world }, "CREATE"),
    ).toHaveLength(1);
  }
  expect((performance.now() - begun) / 20).toBeLessThan(50);
});

const UNUSABLE: Case[] = [
  {
    title: "an expression that does not parse",
    resource: anIntegration("visits", { filter: "$count(" }),
    verdicts: ["Deny spec/unusable spec.event.filter"],
  },
  {
    title: "a schema that does not compile",
    resource: aContractVersion({ json: { schema: { type: "objekt" } } }),
    verdicts: ["Deny spec/unusable spec.json.schema"],
  },
  {
    title: "a time zone that is none",
    resource: aSource("ehr", 2575, { timeZone: "Mars/Phobos" }),
    verdicts: ["Deny spec/unusable spec.timeZone"],
  },
];

const said = (verdicts: Verdict[]) => verdicts.map(({ severity, rule, path }) => `${severity} ${rule} ${path}`.trim());

function judge({ resource, others = HOSPITAL }: Pick<Case, "resource" | "others">, operation: "CREATE" | "UPDATE") {
  const change = { operation, new: resource, dryRun: false, now: 0 } as const;
  return evaluate(change, others, [...RULES_ALONE, ...RULES_AMONG]);
}

describe.each(["CREATE", "UPDATE"] as const)("On %s", (operation) => {
  test.each([...NEVER, ...UNRESOLVED, ...DOMAINS, ...PORTS, ...CLAIMS, ...BASELINE, ...OWNERSHIP, ...UNUSABLE])(
    "$title",
    ({ verdicts, says = [], ...given }) => {
      const found = judge(given, operation);
      expect(said(found)).toEqual(verdicts);
      const messages = found.map(({ message }) => message).join("\n");
      for (const text of says) expect(messages).toContain(text);
    },
  );
});

describe("On DELETE of a DataDomain", () => {
  const care = withPatient({}, "care", "ehr");
  const deletion = (...others: Resource[]) =>
    evaluate({ operation: "DELETE", old: care, dryRun: false, now: 0 }, aWorld(...others), RULES_AMONG);

  test("contracts that name it or carry its entities, and Adapters that act as its systems, are named", () => {
    const other = aContractVersion({ ...fhirVisit.spec, contract: "stay", domain: "wards" });
    const [verdict, ...more] = deletion(visit, other, aSource("ehr"), aTarget("lab"));
    expect([said(verdict === undefined ? [] : [verdict]), more]).toEqual([["Warn ownership/domain-in-use"], []]);
    expect(verdict?.message).toContain(
      "in use by ContractVersion visit-v1.0.0, ContractVersion stay-v1.0.0, Adapter clinic/ehr:",
    );
  });

  test("what another domain claims as well does not need it, so that two that overlap are mended", () => {
    expect(deletion(withPatient({}, "twin", "ehr"), aSource("ehr"))).toEqual([]);
  });

  test("nobody is named where it governs nobody", () => {
    expect(
      deletion(
        aTarget("lab"),
        aContractVersion({ ...fhirVisit.spec, domain: "wards", fhir: { release: "R4", resources: ["Encounter"] } }),
      ),
    ).toEqual([]);
  });
});

describe("On DELETE of a ContractVersion", () => {
  const deletion = (world: World, version = visit) =>
    evaluate({ operation: "DELETE", old: version, dryRun: false, now: 0 }, world, RULES_AMONG);

  test("its users are named, three of them at most", () => {
    const [verdict] = deletion(aWorld(visit, aSource("ehr"), aTarget("lab"), anIntegration("a"), anIntegration("b")));
    expect(verdict).toMatchObject({ severity: "Warn", rule: "contracts/in-use" });
    expect(verdict?.message).toBe(
      "visit-v1.0.0 is in use by Adapter clinic/ehr, Adapter clinic/lab, Integration clinic/a and 1 more: give them another version first",
    );
  });

  test("a subscription that another version satisfies does not need it", () => {
    expect(deletion(aWorld(visit, aContractVersion({ version: "1.1.0" }), anIntegration("a")))).toEqual([]);
    expect(deletion(aWorld(visit, aContractVersion({ version: "2.0.0" }), anIntegration("a")))).toHaveLength(1);
  });

  test("who delivers it, or replies in it, needs it", () => {
    const other = aContractVersion({ version: "1.1.0" });
    const delivering = anIntegration("a", { to: [{ adapter: "lab", version: "1.0.0" }] });
    const reply = { contract: "visit", version: "1.0.0" };
    const from = { contract: "order", version: "1.x" };
    const replying = anIntegration("b", { from, to: [{ adapter: "lab", reply }] });
    const subscribing = anIntegration("c", { from });
    expect(deletion(aWorld(visit, other, delivering))).toHaveLength(1);
    expect(deletion(aWorld(visit, other, replying))).toHaveLength(1);
    expect(deletion(aWorld(visit, other, subscribing))).toEqual([]);
  });

  test("nobody is named where nobody uses it", () => {
    expect(deletion(aWorld(visit))).toEqual([]);
  });
});

test("each rule stands in one of the lists, under an id of its own, unless it takes time", () => {
  const ids = [...RULES_ALONE, ...RULES_AMONG].map(({ id }) => id);
  expect([...ids, "resource/invalid", "compatibility/translation-fails"].sort()).toEqual([...RULE_IDS].sort());
});
