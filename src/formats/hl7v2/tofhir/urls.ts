/** URLs of what FHIR and the guide have none for. They name things; nothing is fetched from them. */
const FASCIA = "https://fascia.dev/fhir";

/** Extensions with a CodeableConcept: fields that the guide leaves to each country. */
export const RACE = `${FASCIA}/StructureDefinition/v2-race`;
export const ETHNIC_GROUP = `${FASCIA}/StructureDefinition/v2-ethnic-group`;
/** Extension of Patient.contact with a CodeableConcept: NK1-3, for which the guide asks for one. */
export const CONTACT_RELATIONSHIP = `${FASCIA}/StructureDefinition/v2-relationship`;

/** Identifier system of the mapping that made a resource; the value is its version. */
export const MAPPING = `${FASCIA}/hl7v2-to-fhir`;

/** Identifier system of a sender's message control ids. */
export const controlIds = (source: string): string => `${FASCIA}/sources/${source}`;
