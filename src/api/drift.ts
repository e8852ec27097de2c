import { z } from "zod";

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
export const DRIFT_KEPT_MS = 7 * 86_400_000;

export const drifted = z.object({
  contract: z.string().max(64),
  version: z.string().max(64),
  kind: z.enum(DRIFT_KINDS),
  position: z.string().max(200),
  count: z.number().int().min(1),
  firstSeen: z.number(),
  lastSeen: z.number(),
  message: z.string().max(200),
});
/** How often, since when and until when (milliseconds since the epoch) an adapter saw it; `message`: where it was last. */
export type Drifted = z.infer<typeof drifted>;
