import { ON_CONFLICT, type OnConflict } from "../api/datadomain.ts";
import { FasciaError } from "../base/errors.ts";
import type { AdapterConfig } from "../compile/config.ts";
import type { OwnedEntity } from "../compile/ownership.ts";
import { type Conflict, type Owned, type OwnershipPlan, keepOwned, ownershipPlan } from "../mapping/ownership.ts";
import type { RuleId } from "../policy/rule.ts";

/** The rule by which messages are judged as well as resources (docs/policies.md). */
export const FOREIGN_FIELD: RuleId = "ownership/foreign-field";

/** A message says what is not its sender's to say. */
export class ForeignField extends FasciaError {
  readonly onConflict: OnConflict;

  constructor(onConflict: OnConflict, message: string) {
    super("ForeignField", message);
    this.onConflict = onConflict;
  }
}

/** Sees to it that a system's messages say only what the data ownership matrix gives to it. */
export class Guard {
  readonly #system: string;
  readonly #entities: ReadonlyMap<string, OwnedEntity>;
  readonly #plan: OwnershipPlan;

  private constructor(system: string, entities: OwnedEntity[]) {
    this.#system = system;
    this.#entities = new Map(entities.map((each) => [each.entity, each]));
    this.#plan = ownershipPlan(entities, system);
  }

  /** Undefined for an adapter whose system owns all that it could say. */
  static of({ ownership, spec }: AdapterConfig): Guard | undefined {
    return ownership?.emitted && new Guard(spec.system, ownership.emitted);
  }

  /** Whether there is a message that its sender is to be told no to. */
  get mayReject(): boolean {
    return [...this.#entities.values()].some(({ onConflict }) => onConflict === "Reject");
  }

  /** What of a FHIR payload may be said. */
  keep(payload: unknown): Owned {
    return keepOwned(payload, this.#plan);
  }

  /** What of a FHIR payload may be said, and the paths of what was stripped. Throws ForeignField where it must not go on. */
  settled(payload: unknown): { payload: unknown; stripped: string[]; isNothing: boolean } {
    const { conflicts, ...owned } = this.keep(payload);
    return { ...owned, stripped: this.settle(conflicts) };
  }

  /** The paths that may be stripped. Throws ForeignField where the message must not go on, by the strictest of its conflicts. */
  settle(conflicts: Conflict[]): string[] {
    const wanted = new Set(conflicts.map(({ entity }) => this.#entities.get(entity)?.onConflict));
    const strictest = ON_CONFLICT.find((each) => wanted.has(each)) ?? "Strip";
    if (strictest !== "Strip") throw new ForeignField(strictest, this.#tell(conflicts));
    return pathsOf(conflicts);
  }

  #tell(conflicts: Conflict[]): string {
    const byDomain = Map.groupBy(conflicts, ({ entity }) => this.#entities.get(entity)?.domain ?? "");
    const told = [...byDomain].map(([domain, own]) => {
      const owner = this.#entities.get(own[0]?.entity ?? "")?.owner ?? "";
      const foreign = pathsOf(own).map((path) => `${path} (${this.#ownerOf(path)})`);
      return `${listed(foreign)} by DataDomain ${domain}, which ${owner} answers for`;
    });
    return (
      `${FOREIGN_FIELD}: it says what the system ${this.#system} does not own: ${told.join("; ")}. ` +
      `Leave it out at the source or in the mapping, or ask whom it belongs to`
    );
  }

  /** The system that a path of the matrix belongs to; of an entity that is split, of everything but its fields. */
  #ownerOf(path: string): string {
    const [entity = ""] = path.split(".");
    const owned = this.#entities.get(entity);
    return owned?.fields.find((field) => field.path === path)?.primary ?? owned?.primary ?? "";
  }
}

const pathsOf = (conflicts: Conflict[]): string[] => [...new Set(conflicts.flatMap(({ paths }) => paths))].sort();

/** What an answer to a sender has room for. */
const TOLD = 5;

function listed(foreign: string[]): string {
  const more = foreign.length > TOLD ? ` and ${foreign.length - TOLD} more` : "";
  return foreign.slice(0, TOLD).join(", ") + more;
}
