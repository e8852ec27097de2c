/** What a resource is, and what it can't be beside: of two of which each is what the other one can't be beside the later one is denied. */
export interface Contention {
  as: string;
  against: string;
}

/** Only one may have it, e.g. a port. */
export const alone = (thing: string): Contention => ({ as: thing, against: thing });
