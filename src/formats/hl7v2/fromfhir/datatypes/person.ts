import type { FhirNode } from "../../../fhir/node.ts";
import type { RepetitionInput } from "../../compose.ts";
import { addressType, addressUse } from "../../codes/contact.ts";
import { nameType } from "../../codes/person.ts";
import { plainCode } from "./coded.ts";
import { authority, typeCode } from "./identifier.ts";

/** HL7 v2.3 has no subcomponents in names. */
export type Version = "2.3" | "2.5.1";

const EXTENSION = "http://hl7.org/fhir/StructureDefinition/humanname-";
const SURNAME_PARTS = ["own-prefix", "own-name", "partner-prefix", "partner-name"];

/** A HumanName as XPN. */
export function personName(name: FhirNode | undefined, version: Version): RepetitionInput | undefined {
  if (!name) return undefined;
  const [family, given, further, suffix, prefix] = parts(name, version);
  return [family, given, further, suffix, prefix, undefined, plainCode(name, "use", nameType)];
}

export function personNames(names: readonly FhirNode[], version: Version): RepetitionInput[] {
  return names.map((name) => personName(name, version)).filter((name) => name !== undefined);
}

/** A Practitioner, or a reference that gives no more than identifier and name, as XCN. */
export function practitioner(
  person: FhirNode | undefined,
  reference: FhirNode | undefined,
  version: Version,
): RepetitionInput | undefined {
  const identifier = person?.list("identifier")[0] ?? reference?.child("identifier");
  const name = person?.list("name")[0];
  const parted = name ? parts(name, version) : [reference?.text("display")];
  const id = identifier?.text("value");
  if (id === undefined && parted.every((part) => part === undefined)) return undefined;
  const [family, given, further, suffix, prefix] = parted;
  const type = identifier && typeCode(identifier);
  const use = name && plainCode(name, "use", nameType);
  const [namespace, universal, universalType] = authority(identifier);
  const assigner = [namespace, universal, universalType];
  return [id, family, given, further, suffix, prefix, undefined, undefined, assigner, use, undefined, undefined, type];
}

type Part = string | undefined | (string | undefined)[];

/** Family, given, further given, suffix and prefix: the common part of XPN and XCN. */
function parts(name: FhirNode, version: Version): Part[] {
  const [given, ...further] = name.texts("given");
  const family = name.text("family") ?? (given === undefined ? name.text("text") : undefined);
  return [
    version === "2.3" ? family : [family, ...surnameParts(name)],
    given,
    joined(further),
    joined(name.texts("suffix")),
    joined(name.texts("prefix")),
  ];
}

function surnameParts(name: FhirNode): (string | undefined)[] {
  const element = name.child("_family");
  return SURNAME_PARTS.map((part) => element?.extension(EXTENSION + part)?.text("valueString"));
}

const joined = (texts: string[]): string | undefined => (texts.length > 0 ? texts.join(" ") : undefined);

/** An Address as XAD; the first line is the street, the others follow in one. */
export function postalAddress(address: FhirNode): RepetitionInput {
  const [street, ...others] = address.texts("line");
  return [
    street ?? address.text("text"),
    others.length > 0 ? others.join(", ") : undefined,
    address.text("city"),
    address.text("state"),
    address.text("postalCode"),
    address.text("country"),
    plainCode(address, "use", addressUse) ?? plainCode(address, "type", addressType),
    undefined,
    address.text("district"),
  ];
}
