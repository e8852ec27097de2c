import type { WrittenEntities } from "../../compile/ownership.ts";
import { type OwnershipPlan, ownershipPlan } from "../../mapping/ownership.ts";

/** What the systems that messages come from own of what a target writes. */
export class Writers {
  readonly #written: WrittenEntities;
  readonly #entities: ReadonlySet<unknown>;
  readonly #plans = new Map<string, OwnershipPlan>();

  constructor(written: WrittenEntities) {
    this.#written = written;
    this.#entities = new Set(written.entities.map(({ entity }) => entity));
  }

  /** For messages of the adapter `source`, `<namespace>/<name>`; undefined where nobody tells which system it acts as. */
  planOf(source: string): OwnershipPlan | undefined {
    const { entities, systems } = this.#written;
    const system = Object.hasOwn(systems, source) ? systems[source] : undefined;
    if (system === undefined) return undefined;
    const plan = this.#plans.get(system) ?? ownershipPlan(entities, system);
    this.#plans.set(system, plan);
    return plan;
  }

  /** Whether a Bundle has a resource that somebody owns. */
  concerns(bundle: unknown): boolean {
    const entries = (bundle as { entry?: unknown } | null | undefined)?.entry;
    return Array.isArray(entries) && entries.some((entry) => this.#entities.has(typeOf(entry)));
  }
}

const typeOf = (entry: unknown): unknown =>
  (entry as { resource?: { resourceType?: unknown } | null } | null | undefined)?.resource?.resourceType;
