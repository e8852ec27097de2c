import type { FhirNode } from "../../../fhir/node.ts";
import type { RepetitionInput } from "../../compose.ts";
import { codingSystemName } from "../../codes/systems.ts";
import { type CodeMap, type ConceptMap, codingKey } from "../../codes/table.ts";

const ALTERNATE_CODES = "http://hl7.org/fhir/StructureDefinition/alternate-codes";

/**
 * A CodeableConcept as CE: the coding of the v2 table first, or the code that the table has for one of the others;
 * without a table the first coding. One more coding that says something else is the alternate.
 */
export function coded(concept: FhirNode | undefined, table?: ConceptMap): RepetitionInput | undefined {
  if (!concept) return undefined;
  const codings = concept.list("coding").filter((coding) => coding.text("code"));
  const own = codings.find((coding) => table && coding.text("system") === table.system);
  const mapped = own ? undefined : codings.find((coding) => v2Code(coding, table));
  const first = own ?? mapped ?? codings[0];
  const text = concept.text("text");
  if (!first) return text === undefined ? undefined : ["", text];
  const other = codings.find((coding) => coding !== first && !(own && isMapped(coding, own, table)));
  return [...triplet(first, table), ...(other ? triplet(other) : []), ...original(text, other)];
}

/** Only the code: data types IS and ID. */
export function codeOnly(concept: FhirNode | undefined, table?: ConceptMap): string | undefined {
  const first = coded(concept, table)?.[0];
  return typeof first === "string" && first !== "" ? first : undefined;
}

/** A Coding as code of the v2 table. */
export function codingCode(coding: FhirNode | undefined, table: ConceptMap): string | undefined {
  return coding && (v2Code(coding, table) ?? coding.text("code"));
}

/** A `code` element as code of the v2 table; the code that was sent stands beside it where it could not be mapped. */
export function plainCode(node: FhirNode | undefined, name: string, map: CodeMap): string | undefined {
  if (!node) return undefined;
  const sent = alternateCode(node.child(`_${name}`));
  return sent ?? map.toV2.get(node.text(name) ?? "");
}

export function alternateCode(element: FhirNode | undefined): string | undefined {
  const concept = element?.extension(ALTERNATE_CODES)?.child("valueCodeableConcept");
  return concept?.list("coding")[0]?.text("code");
}

/** Components 7 and 8 are versions, which are left out; 9 is the original text. */
function original(text: string | undefined, alternate: FhirNode | undefined): (string | undefined)[] {
  return text === undefined ? [] : [...(alternate ? [] : ["", "", ""]), "", "", text];
}

function triplet(coding: FhirNode, table?: ConceptMap): (string | undefined)[] {
  const mapped = v2Code(coding, table);
  const system = mapped === undefined ? coding.text("system") : table?.system;
  return [mapped ?? coding.text("code"), coding.text("display"), system && codingSystemName(system)];
}

/** The code that `table` has for a coding, be it of the table itself or of the system it is mapped to. */
function v2Code(coding: FhirNode, table: ConceptMap | undefined): string | undefined {
  const system = coding.text("system");
  const code = coding.text("code");
  if (!table || code === undefined) return undefined;
  return system === table.system ? code : table.toV2.get(codingKey(system, code));
}

/** Whether a coding is only what the table makes of `own`. */
function isMapped(coding: FhirNode, own: FhirNode, table: ConceptMap | undefined): boolean {
  const mapped = table?.toFhir.get(own.text("code") ?? "");
  return mapped !== undefined && mapped.system === coding.text("system") && mapped.code === coding.text("code");
}
