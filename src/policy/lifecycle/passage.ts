import type { ContractVersionSpec } from "../../api/contractversion.ts";
import { millisOf } from "./phase.ts";

/**
 * What becomes of messages of a version. `Open`: they pass. `Loud`: they pass, and it is told that they should not be.
 * `Held`: they wait, in order.
 */
export type Passage = "Open" | "Loud" | "Held";

type Life = Pick<ContractVersionSpec, "lifecycle" | "afterSunset">;

/**
 * What becomes of them at `now`, where exceptions extend the window until `extendedUntil` (both milliseconds since the
 * epoch; without an extension: no matter). What holds messages in pods and what tells of it elsewhere ask this.
 */
export function passageAt(life: Life, now: number, extendedUntil = 0): Passage {
  if (now >= heldFrom(life, extendedUntil)) return "Held";
  return now >= loudFrom(life) ? "Loud" : "Open";
}

/** From when on they wait, milliseconds since the epoch; infinite: never. Asked of each message, this is one comparison. */
export function heldFrom({ lifecycle, afterSunset }: Life, extendedUntil = 0): number {
  const { sunsetOn, retiredOn } = lifecycle ?? {};
  const ends = afterSunset === "Block" ? [sunsetOn, retiredOn] : [retiredOn];
  return Math.max(extendedUntil, Math.min(...ends.map(millisOf)));
}

/** From when on they should not be, milliseconds since the epoch; infinite: never. */
export const loudFrom = ({ lifecycle }: Life): number =>
  Math.min(millisOf(lifecycle?.sunsetOn), millisOf(lifecycle?.retiredOn));
