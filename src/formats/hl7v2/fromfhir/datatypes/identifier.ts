import type { FhirNode } from "../../../fhir/node.ts";
import type { RepetitionInput } from "../../compose.ts";
import { day } from "./time.ts";

const EXTENSION = "http://hl7.org/fhir/StructureDefinition/";

/** HD as subcomponents: namespace, universal id and its type (HL7 table 0301). */
export type Hierarchic = (string | undefined)[];

/** An Identifier as CX. */
export function extendedId(identifier: FhirNode | undefined): RepetitionInput | undefined {
  const value = identifier?.text("value");
  if (!identifier || value === undefined) return undefined;
  const period = identifier.child("period");
  return [
    value,
    identifier.extension(`${EXTENSION}identifier-checkDigit`)?.text("valueString"),
    identifier.extension(`${EXTENSION}namingsystem-checkDigit`)?.text("valueString"),
    authority(identifier),
    typeCode(identifier),
    undefined,
    day(period, "start"),
    day(period, "end"),
  ];
}

export function extendedIds(identifiers: readonly FhirNode[]): RepetitionInput[] {
  return identifiers.map(extendedId).filter((id) => id !== undefined);
}

export function typeCode(identifier: FhirNode): string | undefined {
  return identifier.child("type")?.list("coding")[0]?.text("code");
}

/** Who assigned an identifier: the name of its assigner and its system as universal id. */
export function authority(identifier: FhirNode | undefined): Hierarchic {
  if (!identifier) return [];
  const assigner = identifier.child("assigner");
  const system = identifier.text("system");
  return hierarchic(assigner?.text("display"), system, assigner?.child("identifier"));
}

/** A Reference by identifier and name as HD. */
export function organization(reference: FhirNode | undefined): Hierarchic {
  if (!reference) return [];
  const identifier = reference.child("identifier");
  const uri = identifier?.text("system") === "urn:ietf:rfc:3986" ? identifier.text("value") : undefined;
  return hierarchic(reference.text("display"), uri, identifier);
}

function hierarchic(namespace: string | undefined, uri: string | undefined, other: FhirNode | undefined): Hierarchic {
  if (uri !== undefined) return [namespace, ...universalId(uri)];
  const id = other?.text("value");
  return id === undefined || id === namespace ? [namespace] : [namespace, id, other && typeCode(other)];
}

function universalId(uri: string): [string, string] {
  if (uri.startsWith("urn:oid:")) return [uri.slice("urn:oid:".length), "ISO"];
  if (uri.startsWith("urn:uuid:")) return [uri.slice("urn:uuid:".length), "UUID"];
  return [uri, "URI"];
}
