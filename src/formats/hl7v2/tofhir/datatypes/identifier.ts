import type { Extension, Identifier, Period, Reference } from "../../../fhir/types.ts";
import { IDENTIFIER_TYPE } from "../../codes/person.ts";
import { tableSystem } from "../../codes/table.ts";
import { collect, filled, put } from "../assign.ts";
import type { Conversion } from "../conversion.ts";
import type { Composite } from "../reader.ts";
import { dateTime } from "./time.ts";

/** Data type CX (HL7 v2.9 chapter 2A, 2A.3.14); undefined where it has no id. */
export function identifier(
  value: Composite | undefined,
  conversion: Conversion,
  type?: string,
): Identifier | undefined {
  const id = value?.text(1);
  if (!value || id === undefined) return undefined;
  const result: Identifier = {};
  put(result, "extension", checkDigit(value));
  const code = value.text(5) ?? type;
  if (code !== undefined) result.type = { coding: [{ system: IDENTIFIER_TYPE, code }] };
  const { system, assigner } = authority(value, 4);
  put(result, "system", system);
  result.value = id;
  put(result, "period", period(value, 7, 8, conversion));
  put(result, "assigner", assigner);
  return result;
}

export function identifiers(values: readonly Composite[], conversion: Conversion): Identifier[] {
  return collect(values, (value) => identifier(value, conversion));
}

/**
 * Data type HD as an assigning authority, whose parts are subcomponents. A universal id that is a URI (ISO, UUID, URI)
 * is the identifier's system, as FHIR servers search by it; the namespace is the name of the assigner.
 */
export function authority(value: Composite, component: number): { system?: string; assigner?: Reference } {
  const [namespace, id] = value.subs(component, 2);
  const type = id === undefined ? undefined : value.subs(component, 3)[2];
  const system = id === undefined ? undefined : universalUri(id, type);
  const result: { system?: string; assigner?: Reference } = {};
  put(result, "system", system);
  if (namespace === undefined && (id === undefined || system)) return result;
  const assigner: Reference = {};
  if (id !== undefined && !system) assigner.identifier = universalIdentifier(id, type);
  put(assigner, "display", namespace);
  result.assigner = assigner;
  return result;
}

/** Data type HD as an organization, whose parts are components: MSH-4, EVN-7. A reference by identifier and name. */
export function organization(value: Composite | undefined): Reference | undefined {
  return value && hierarchicReference("Organization", value);
}

export function hierarchicReference(type: string, value: Composite): Reference | undefined {
  const namespace = value.text(1);
  const id = value.text(2);
  const idType = id === undefined ? undefined : value.text(3);
  if (namespace === undefined && id === undefined) return undefined;
  const reference: Reference = { type };
  if (id !== undefined) reference.identifier = universalIdentifier(id, idType);
  put(reference, "display", namespace ?? id);
  return reference;
}

function universalIdentifier(id: string, type: string | undefined): Identifier {
  const uri = universalUri(id, type);
  if (uri) return { system: "urn:ietf:rfc:3986", value: uri };
  if (type === undefined) return { value: id };
  return { type: { coding: [{ system: tableSystem("0301"), code: type }] }, value: id };
}

/** A universal id (HL7 table 0301) as URI, where its type has one. */
function universalUri(id: string, type: string | undefined): string | undefined {
  if (/\s/.test(id)) return undefined;
  if (type === "ISO") return `urn:oid:${id}`;
  if (type === "UUID" || type === "GUID") return `urn:uuid:${id.toLowerCase()}`;
  return type === "URI" ? id : undefined;
}

/** Start and end that stand in two components. */
export function period(value: Composite, start: number, end: number, conversion: Conversion): Period | undefined {
  const { timeZone } = conversion.context;
  return periodOf(dateTime(value, timeZone, start), dateTime(value, timeZone, end));
}

export function periodOf(start: string | undefined, end: string | undefined): Period | undefined {
  if (start === undefined && end === undefined) return undefined;
  const result: Period = {};
  put(result, "start", start);
  put(result, "end", end);
  return result;
}

function checkDigit(value: Composite): Extension[] | undefined {
  const extensions: Extension[] = [];
  const digit = value.text(2);
  const scheme = value.text(3);
  const url = "http://hl7.org/fhir/StructureDefinition/";
  if (digit !== undefined) extensions.push({ url: `${url}identifier-checkDigit`, valueString: digit });
  if (scheme !== undefined) extensions.push({ url: `${url}namingsystem-checkDigit`, valueString: scheme });
  return filled(extensions);
}

/** Who assigned an identifier, as in an ordering key: its system, or the assigner's identifier or name. */
export function assignerOf(identifier: Identifier): string {
  const { system, assigner } = identifier;
  return system ?? assigner?.identifier?.value ?? assigner?.display ?? "";
}
