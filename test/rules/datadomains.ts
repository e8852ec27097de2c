import { API_VERSION, type Manifest, type Right, type Wrong } from "./case.ts";

const domain = (spec: object = {}, name = "care"): Manifest => ({
  apiVersion: API_VERSION,
  kind: "DataDomain",
  metadata: { name },
  spec: { owner: "care", ...spec },
});
const ehr = { system: "ehr", adapters: [{ namespace: "clinic", name: "ehr" }] };
const patient = { entity: "Patient", primary: "ehr" };
const way = { contract: "profile", namespace: "clinic", adapter: "ehr" };

export const WRONG_DATA_DOMAINS: Wrong[] = [
  {
    title: "a name that no contract could give as its domain",
    resource: domain({}, "care.north"),
    says: "metadata.name must be small letters, digits and inner hyphens, 63 at most: contracts name it as their domain",
  },
  {
    title: "a window of half a day",
    resource: domain({ minDeprecationDays: 0.5 }),
    says: "spec.minDeprecationDays",
  },
  {
    title: "a system that is named twice",
    resource: domain({ systems: [ehr, ehr] }),
    says: "Duplicate value",
  },
  {
    title: "a window by the second",
    resource: domain({ changeWindows: [{ schedule: "0 0 22 * * 2", durationMinutes: 60 }] }),
    says: "spec.changeWindows[0].schedule",
  },
  {
    title: "a system that nobody may act as",
    resource: domain({ systems: [{ ...ehr, adapters: [] }] }),
    says: "should have at least 1 items",
  },
  {
    title: "an entity of a system that any Adapter may act as",
    resource: domain({ systems: [ehr], entities: [patient, { entity: "Coverage", primary: "billing" }] }),
    says: "the primary system of an entity must be one of spec.systems: where nobody says which Adapters act as it, each could",
  },
  {
    title: "an entity in a domain without systems",
    resource: domain({ entities: [patient] }),
    says: "the primary system of an entity must be one of spec.systems",
  },
  {
    title: "a field of another entity",
    resource: domain({
      systems: [ehr],
      entities: [{ ...patient, fields: [{ path: "PatientLink.other", primary: "portal" }] }],
    }),
    says: "a path must begin with its entity and a dot, e.g. `Patient.telecom` of `Patient`",
  },
  {
    title: "a conflict that is settled in another way",
    resource: domain({ systems: [ehr], entities: [{ ...patient, onConflict: "Overwrite" }] }),
    says: "spec.entities[0].onConflict",
  },
  {
    title: "a way to write back that is named twice",
    resource: domain({ systems: [ehr], entities: [{ ...patient, writePaths: [way, way] }] }),
    says: "Duplicate value",
  },
  {
    title: "an entity that is named twice",
    resource: domain({ systems: [ehr], entities: [patient, patient] }),
    says: "Duplicate value",
  },
];

export const RIGHT_DATA_DOMAINS: Right[] = [
  { title: "a domain without systems", resource: domain() },
  {
    title: "a window in a time zone",
    resource: domain({ changeWindows: [{ schedule: "0 22 * * 2", durationMinutes: 60, timeZone: "Europe/Berlin" }] }),
  },
  { title: "a window of ninety days", resource: domain({ minDeprecationDays: 90 }) },
  {
    title: "a system that two Adapters act as",
    resource: domain({ systems: [{ ...ehr, adapters: [...ehr.adapters, { namespace: "north", name: "ehr" }] }] }),
  },
  {
    title: "an entity of which another domain's system owns a field, and some may receive it",
    resource: domain({
      systems: [ehr],
      entities: [{ ...patient, fields: [{ path: "Patient.telecom", primary: "portal" }], consumers: ["lab"] }],
    }),
  },
  {
    title: "an entity whose foreign fields are stripped, with ways to write it back, and one that has none",
    resource: domain({
      systems: [ehr],
      entities: [
        { ...patient, onConflict: "Strip", writePaths: [way, { ...way, adapter: "ehr-fhir" }] },
        { entity: "Coverage", primary: "ehr", writePaths: [] },
      ],
    }),
  },
];
