import type {
  Address,
  CodeableConcept,
  Coding,
  ContactPoint,
  Element,
  Extension,
  HumanName,
  Identifier,
  Period,
  Reference,
} from "./types.ts";

/** FHIR R4 resources (http://hl7.org/fhir/R4/resourcelist.html), as far as the mappings write or read them. */

interface DomainResource {
  id?: string;
  meta?: { lastUpdated?: string };
  text?: { status: string; div: string };
  contained?: (Practitioner | Organization | Location)[];
  extension?: Extension[];
}

export interface Practitioner {
  resourceType: "Practitioner";
  id?: string;
  identifier?: Identifier[];
  name?: HumanName[];
}

export interface Organization {
  resourceType: "Organization";
  id?: string;
  identifier?: Identifier[];
  name?: string;
  alias?: string[];
  telecom?: ContactPoint[];
  address?: Address[];
  contact?: { name?: HumanName; telecom?: ContactPoint[]; address?: Address }[];
}

export interface Location {
  resourceType: "Location";
  id?: string;
  identifier?: Identifier[];
  name?: string;
  description?: string;
  mode?: string;
  type?: CodeableConcept[];
  physicalType?: CodeableConcept;
  partOf?: Reference;
}

export interface Patient extends DomainResource {
  resourceType: "Patient";
  identifier?: Identifier[];
  active?: boolean;
  name?: HumanName[];
  telecom?: ContactPoint[];
  gender?: string;
  _gender?: Element;
  birthDate?: string;
  _birthDate?: Element;
  deceasedBoolean?: boolean;
  deceasedDateTime?: string;
  address?: Address[];
  maritalStatus?: CodeableConcept;
  multipleBirthBoolean?: boolean;
  multipleBirthInteger?: number;
  contact?: PatientContact[];
  communication?: { language: CodeableConcept }[];
  generalPractitioner?: Reference[];
  link?: { other: Reference; type: string }[];
}

export interface PatientContact {
  extension?: Extension[];
  relationship?: CodeableConcept[];
  name?: HumanName;
  telecom?: ContactPoint[];
  address?: Address;
  gender?: string;
  _gender?: Element;
  organization?: Reference;
  period?: Period;
}

export interface RelatedPerson extends DomainResource {
  resourceType: "RelatedPerson";
  identifier?: Identifier[];
  patient: Reference;
  relationship?: CodeableConcept[];
  name?: HumanName[];
  telecom?: ContactPoint[];
  gender?: string;
  _gender?: Element;
  birthDate?: string;
  address?: Address[];
  period?: Period;
  communication?: { language: CodeableConcept }[];
}

export interface Encounter extends DomainResource {
  resourceType: "Encounter";
  identifier?: Identifier[];
  status: string;
  class: Coding;
  type?: CodeableConcept[];
  serviceType?: CodeableConcept;
  priority?: CodeableConcept;
  subject?: Reference;
  episodeOfCare?: Reference[];
  participant?: { type?: CodeableConcept[]; individual?: Reference }[];
  period?: Period;
  length?: { value: number; unit: string; system: string; code: string };
  reasonCode?: CodeableConcept[];
  account?: Reference[];
  hospitalization?: Hospitalization;
  location?: { extension?: Extension[]; location: Reference; status?: string }[];
  serviceProvider?: Reference;
}

export interface Hospitalization {
  preAdmissionIdentifier?: Identifier;
  admitSource?: CodeableConcept;
  reAdmission?: CodeableConcept;
  dietPreference?: CodeableConcept[];
  specialCourtesy?: CodeableConcept[];
  destination?: Reference;
  dischargeDisposition?: CodeableConcept;
}

export interface AllergyIntolerance extends DomainResource {
  resourceType: "AllergyIntolerance";
  clinicalStatus?: CodeableConcept;
  type?: string;
  category?: (string | null)[];
  _category?: Element[];
  criticality?: string;
  _criticality?: Element;
  code?: CodeableConcept;
  patient: Reference;
  onsetDateTime?: string;
  reaction?: { manifestation: CodeableConcept[] }[];
}

export interface Coverage extends DomainResource {
  resourceType: "Coverage";
  identifier?: Identifier[];
  status: string;
  type?: CodeableConcept;
  policyHolder?: Reference;
  subscriber?: Reference;
  subscriberId?: string;
  beneficiary: Reference;
  relationship?: CodeableConcept;
  period?: Period;
  payor: Reference[];
  class?: { type: CodeableConcept; value: string; name?: string }[];
  order?: number;
}

export interface Provenance extends DomainResource {
  resourceType: "Provenance";
  target: Reference[];
  occurredDateTime?: string;
  recorded: string;
  location?: Reference;
  reason?: CodeableConcept[];
  activity?: CodeableConcept;
  agent: { type?: CodeableConcept; who: Reference }[];
  entity?: { role: string; what: Reference }[];
}

/** The resources of the mapping between HL7 v2 ADT and FHIR. */
export type MappedResource = Patient | Encounter | Coverage | AllergyIntolerance | RelatedPerson | Provenance;
