import { FasciaError } from "../../../base/errors.ts";
import type { Problem, Unmapped } from "./unmapped.ts";
import type { Reference } from "../../fhir/types.ts";
import type { MappedResource } from "../../fhir/resources.ts";

export interface ToFhirContext {
  /** A UUID from a keyed hash of the parts; the resource type is the first of them. */
  resourceId(...parts: string[]): string;
  /** IANA time zone of times without an offset. */
  timeZone: string;
  /** `<namespace>/<adapter>` that received the message: the scope of identifiers that name no assigner. */
  source: string;
  /** When the message was received first; a replay must give the same instant. */
  receivedAt: Date;
  /** Version of the mapping that the Adapter declares; Provenance names it. */
  mappingVersion: string;
}

/** What one message becomes, as far as it is converted. */
export class Conversion {
  readonly context: ToFhirContext;
  readonly resources: MappedResource[] = [];
  readonly #unmapped = new Set<Unmapped>();
  readonly #ids = new Set<string>();
  /** By a first twin's type and id: the number of its last one. Trying all of them anew would take quadratic time. */
  readonly #twins = new Map<string, number>();

  constructor(context: ToFhirContext) {
    this.context = context;
  }

  /** Adds a resource under an id from `parts`; where the message has two of the same parts, they are numbered. */
  add<T extends MappedResource>(resource: T, ...parts: string[]): Reference {
    const { resourceType } = resource;
    const first = resourceType + this.context.resourceId(resourceType, ...parts);
    let known = first;
    let twin = this.#twins.get(first) ?? 1;
    while (this.#ids.has(known)) {
      twin++;
      known = resourceType + this.context.resourceId(resourceType, ...parts, `#${twin}`);
    }
    this.#twins.set(first, twin);
    this.#ids.add(known);
    const id = known.slice(resourceType.length);
    resource.id = id;
    this.resources.push(resource);
    return { reference: `${resourceType}/${id}` };
  }

  /** Notes what FHIR does not carry, or carries only as it was sent. Positions and our own words, never values. */
  readonly report = (position: string, problem: Problem): void => {
    this.#unmapped.add(`${position}: ${problem}`);
  };

  get unmapped(): Unmapped[] {
    return [...this.#unmapped];
  }
}

/** A message that cannot be converted as it is; `position` names segment and field, `problem` what is expected there. */
export function invalid(position: string, problem: string): FasciaError {
  return new FasciaError("Hl7v2Invalid", `${position}: ${problem}`);
}
