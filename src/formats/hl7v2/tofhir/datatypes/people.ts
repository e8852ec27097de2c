import type { Location, Organization, Practitioner } from "../../../fhir/resources.ts";
import type { HumanName, Identifier, Reference } from "../../../fhir/types.ts";
import { IDENTIFIER_TYPE } from "../../codes/person.ts";
import { put } from "../assign.ts";
import type { Conversion } from "../conversion.ts";
import type { Composite } from "../reader.ts";
import { authority } from "./identifier.ts";
import { practitionerName } from "./name.ts";

/** The practitioners that a resource contains. The same person twice in one resource is one. */
export class Practitioners {
  readonly contained: (Practitioner | Location)[] = [];
  readonly #known = new Map<string, Reference>();
  readonly #conversion: Conversion;

  constructor(conversion: Conversion) {
    this.#conversion = conversion;
  }

  /**
   * XCN[Practitioner] of the guide: a contained Practitioner that keeps the parts of the name, and a reference to it that
   * also bears identifier and name, so that nobody has to look inside.
   */
  refer(value: Composite): Reference | undefined {
    const identifier = personIdentifier(value);
    const name = practitionerName(value, this.#conversion);
    if (!identifier && !name) return undefined;
    return this.#known.get(value.raw) ?? this.#add(value.raw, identifier, name);
  }

  #add(raw: string, identifier: Identifier | undefined, name: HumanName | undefined): Reference {
    const person: Practitioner = { resourceType: "Practitioner", id: `practitioner-${this.#known.size + 1}` };
    if (identifier) person.identifier = [identifier];
    if (name) person.name = [name];
    this.contained.push(person);
    const reference: Reference = { reference: `#${person.id}`, type: "Practitioner" };
    put(reference, "identifier", identifier);
    put(reference, "display", name && displayName(name));
    this.#known.set(raw, reference);
    return reference;
  }
}

/** XON[Organization] of the guide, as a reference by identifier and name. */
export function organizationByName(value: Composite | undefined): Reference | undefined {
  const organization = value && organizationOf(value);
  if (!organization) return undefined;
  const reference: Reference = { type: "Organization" };
  put(reference, "identifier", organization.identifier?.[0]);
  put(reference, "display", organization.name);
  return reference;
}

/** XON[Organization] of the guide. */
export function organizationOf(value: Composite): Organization | undefined {
  const result: Organization = { resourceType: "Organization" };
  const id = value.text(10) ?? value.text(3);
  const name = value.text(1);
  if (id === undefined && name === undefined) return undefined;
  if (id !== undefined) result.identifier = [typedIdentifier(id, value, 6, 7)];
  put(result, "name", name);
  return result;
}

function displayName(name: HumanName): string | undefined {
  const { prefix = [], given = [], family, suffix = [] } = name;
  const parts = [...prefix, ...given, ...(family === undefined ? [] : [family]), ...suffix];
  return parts.length > 0 ? parts.join(" ") : undefined;
}

function personIdentifier(value: Composite): Identifier | undefined {
  const id = value.text(1);
  return id === undefined ? undefined : typedIdentifier(id, value, 9, 13);
}

function typedIdentifier(id: string, value: Composite, authorityAt: number, typeAt: number): Identifier {
  const result: Identifier = {};
  const type = value.text(typeAt);
  if (type !== undefined) result.type = { coding: [{ system: IDENTIFIER_TYPE, code: type }] };
  const { system, assigner } = authority(value, authorityAt);
  put(result, "system", system);
  result.value = id;
  put(result, "assigner", assigner);
  return result;
}
