import { tableSystem } from "./table.ts";

/** Names of coding systems (HL7 table 0396) by the URI under which FHIR knows them (http://hl7.org/fhir/R4/terminologies-systems.html). */
const URIS: Readonly<Record<string, string>> = {
  SCT: "http://snomed.info/sct",
  SNM: "http://snomed.info/sct",
  SNOMED: "http://snomed.info/sct",
  LN: "http://loinc.org",
  LOINC: "http://loinc.org",
  I10: "http://hl7.org/fhir/sid/icd-10",
  ICD10: "http://hl7.org/fhir/sid/icd-10",
  I10C: "http://hl7.org/fhir/sid/icd-10-cm",
  ICD10CM: "http://hl7.org/fhir/sid/icd-10-cm",
  I10G2004: "http://fhir.de/CodeSystem/bfarm/icd-10-gm",
  I9C: "http://hl7.org/fhir/sid/icd-9-cm",
  I9CDX: "http://hl7.org/fhir/sid/icd-9-cm",
  RXNORM: "http://www.nlm.nih.gov/research/umls/rxnorm",
  NDC: "http://hl7.org/fhir/sid/ndc",
  CVX: "http://hl7.org/fhir/sid/cvx",
  MVX: "http://hl7.org/fhir/sid/mvx",
  UNII: "http://fdasis.nlm.nih.gov",
  ATC: "http://www.whocc.no/atc",
  C4: "http://www.ama-assn.org/go/cpt",
  CPTM: "http://www.ama-assn.org/go/cpt",
  UCUM: "http://unitsofmeasure.org",
  NUBC: "https://www.nubc.org/CodeSystem/PatDischargeStatus",
  ISO3166: "urn:iso:std:iso:3166",
  ISO3166_1: "urn:iso:std:iso:3166",
  ISO3166_2: "urn:iso:std:iso:3166:-2",
  ISO639: "urn:ietf:bcp:47",
  BCP47: "urn:ietf:bcp:47",
};

const NAMES: ReadonlyMap<string, string> = reversed(URIS);

/** What the URI of a coding system that only its sender knows begins with; the name follows, percent-encoded. */
const LOCAL = "https://fascia.dev/fhir/v2-coding-system/";

/** The same few names stand in every message; names that senders make up must not fill the memory. */
const recent = new Map<string, CodingSystem>();
const MAX_RECENT = 1000;

/** HL7 tables are named `HL7` and four digits, in older messages without the zeroes in front. */
const HL7_TABLE = /^HL7-?(\d{1,4})$/;

export interface CodingSystem {
  uri: string;
  /** Whether the name means the same everywhere; otherwise it is the sender's own (`L`, `99xxx` and the like). */
  known: boolean;
}

/** The code system that component 3 of a coded element names. */
export function codingSystem(name: string): CodingSystem {
  const known = recent.get(name);
  if (known) return known;
  const system = findSystem(name);
  if (recent.size >= MAX_RECENT) recent.clear();
  recent.set(name, system);
  return system;
}

function findSystem(name: string): CodingSystem {
  const uri = URIS[name];
  if (uri) return { uri, known: true };
  const table = HL7_TABLE.exec(name)?.[1];
  if (table) return { uri: tableSystem(table.padStart(4, "0")), known: true };
  return { uri: LOCAL + encodeURIComponent(name), known: false };
}

const TABLE_URI = /^http:\/\/terminology\.hl7\.org\/CodeSystem\/v2-(\d{4})$/;

/** The name for component 3 of a coded element; undefined for a URI that has none in HL7 v2. */
export function codingSystemName(uri: string): string | undefined {
  const table = TABLE_URI.exec(uri)?.[1];
  if (table) return `HL7${table}`;
  return uri.startsWith(LOCAL) ? decodeURIComponent(uri.slice(LOCAL.length)) : NAMES.get(uri);
}

function reversed(uris: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [name, uri] of Object.entries(uris)) if (!names.has(uri)) names.set(uri, name);
  return names;
}
