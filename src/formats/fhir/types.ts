/** FHIR R4 data types (http://hl7.org/fhir/R4/datatypes.html), as far as the mappings write or read them. */

export interface Extension {
  url: string;
  extension?: Extension[];
  valueBoolean?: boolean;
  valueCode?: string;
  valueString?: string;
  valueDateTime?: string;
  valueAddress?: Address;
  valueCodeableConcept?: CodeableConcept;
  valueCoding?: Coding;
  valueIdentifier?: Identifier;
}

/** The extensions of a primitive value: the `_name` property beside `name`. */
export interface Element {
  extension: Extension[];
}

export interface Coding {
  system?: string;
  version?: string;
  code?: string;
  display?: string;
}

export interface CodeableConcept {
  coding?: Coding[];
  text?: string;
}

export interface Period {
  start?: string;
  end?: string;
}

export interface Reference {
  extension?: Extension[];
  reference?: string;
  type?: string;
  identifier?: Identifier;
  display?: string;
}

export interface Identifier {
  extension?: Extension[];
  type?: CodeableConcept;
  system?: string;
  value?: string;
  period?: Period;
  assigner?: Reference;
}

export interface HumanName {
  use?: string;
  _use?: Element;
  text?: string;
  family?: string;
  _family?: Element;
  given?: string[];
  prefix?: string[];
  suffix?: string[];
  period?: Period;
}

export interface Address {
  extension?: Extension[];
  use?: string;
  _use?: Element;
  type?: string;
  text?: string;
  line?: string[];
  city?: string;
  district?: string;
  state?: string;
  postalCode?: string;
  country?: string;
  period?: Period;
}

export interface ContactPoint {
  extension?: Extension[];
  system?: string;
  _system?: Element;
  value?: string;
  use?: string;
  _use?: Element;
  rank?: number;
  period?: Period;
}

/** What every resource has; the rest depends on its type. */
export interface Resource {
  resourceType: string;
  id?: string;
}

export interface BundleEntry {
  fullUrl?: string;
  resource?: Resource;
  request?: { method: string; url: string };
}

export interface Bundle {
  resourceType: "Bundle";
  identifier?: Identifier;
  type: string;
  timestamp?: string;
  entry?: BundleEntry[];
}
