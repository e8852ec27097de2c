import { GONE } from "../minimise/members.ts";
import type { Claim, Territory } from "./plan.ts";

/** What of one entity a message holds that is not its sender's. */
export interface Conflict {
  entity: string;
  /** As the matrix names it, without positions, values or names that the payload chose. */
  paths: string[];
}

/** Collects what is foreign. */
export class Found {
  readonly #paths = new Map<string, Set<string>>();

  foreign({ entity }: Claim, { path }: Territory): typeof GONE {
    const paths = this.#paths.get(entity);
    if (paths) paths.add(path);
    else this.#paths.set(entity, new Set([path]));
    return GONE;
  }

  get conflicts(): Conflict[] {
    return [...this.#paths].map(([entity, paths]) => ({ entity, paths: [...paths].sort() }));
  }
}
