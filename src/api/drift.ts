import { DAY_MS } from "../base/days.ts";
import { z } from "zod";
import { label, version } from "./meta.ts";

/** What of a message its contract does not know: a segment, a field or member, a code of a table, the form of a value. */
export const DRIFT_KINDS = ["Segment", "Field", "Code", "Value"] as const;
export type DriftKind = (typeof DRIFT_KINDS)[number];

export interface Drift {
  kind: DriftKind;
  /** A path of structure, e.g. `ZPI`, `PID-30` or `Patient.*`: never a value, an index or a name that a payload chose. */
  position: string;
}

/** The position of all that an adapter no longer tells apart. */
export const OTHERS = "(others)";

/** For so long after it was seen last a position is remembered, milliseconds: a mapping may have learned it meanwhile. */
export const DRIFT_KEPT_MS = 7 * DAY_MS;

/** Nothing that a position, or the id of a message, is made of needs more than these. */
export const driftPosition = z.string().regex(/^[\w$@*.()-]{1,200}$/);
const messageId = z.string().regex(/^[\w.-]{1,200}$/);
/** Sums of many stay whole numbers. */
const MAX_COUNT = 1_000_000_000_000;
/** The last instant whose year has four digits. */
const millis = z.number().min(0).max(253_402_300_799_999);

export const drifted = z.object({
  contract: label,
  version,
  kind: z.enum(DRIFT_KINDS),
  position: driftPosition,
  count: z.int().min(1).max(MAX_COUNT),
  firstSeen: millis,
  lastSeen: millis,
  message: messageId,
});
/** How often, since when and until when (milliseconds since the epoch) an adapter saw it; `message`: where it was last. */
export type Drifted = z.infer<typeof drifted>;
