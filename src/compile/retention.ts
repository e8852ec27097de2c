/** Pure decisions on what may leave a stream. Nothing leaves before everybody who needs it is done with it. */

/** From this part of `max_bytes` on a stream is under pressure: room counts for more than the wish to keep history. */
const PRESSURE = 0.8;

export const underPressure = (bytes: number, maxBytes: number): boolean => bytes > maxBytes * PRESSURE;

export interface Cut {
  firstSequence: number;
  lastSequence: number;
  pressed: boolean;
  /** First sequence that somebody still needs. */
  needed: number;
  /** First sequence within the stream's retention. */
  retained: number;
}

/**
 * The sequence below which the stream may be purged, or undefined where nothing may. Without pressure history is kept
 * for its retention; under pressure the older half of what nobody needs goes, again at each run, until there is room.
 */
export function purgeBelow(cut: Cut): number | undefined {
  const spare = Math.min(cut.needed, cut.lastSequence + 1);
  const past = Math.min(spare, cut.retained);
  const older = cut.firstSequence + Math.ceil((spare - cut.firstSequence) / 2);
  const upTo = cut.pressed ? Math.max(past, Math.min(older, spare)) : past;
  return upTo > cut.firstSequence ? upTo : undefined;
}
