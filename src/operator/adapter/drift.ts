import type { Happening } from "../kube/events.ts";
import type { Made } from "./made.ts";

/** An object of an Adapter before and after it was applied, by fingerprints, which tell apart two of one name. */
export interface Applying {
  /** e.g. `Deployment fascia-ehr`. */
  object: string;
  /** As we left it; undefined: it was never applied by this process, or is wanted otherwise by now. */
  left: string | undefined;
  /** As it was seen last. */
  seen: Made | undefined;
  /** As it is now. */
  made: string;
}

/** What applying has put right: the API server tells only how the object is now. */
export function mendedBy({ object, left, seen, made }: Applying): Happening | undefined {
  if (left === undefined || seen?.fingerprint === left || seen?.fingerprint === made) return undefined;
  // It was there all the time, and the cache is late.
  if (seen === undefined && made === left) return undefined;
  const note =
    seen === undefined
      ? `${object} was deleted by somebody and is made again`
      : `${object} was changed by somebody and is as the spec says again`;
  return { type: "Warning", reason: "DriftRepaired", action: "Apply", note };
}
