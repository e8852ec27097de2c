import { hubPosition } from "./entry.ts";

/** A key of which something is parked, as a term knows it. */
export interface ParkedKey {
  /** The oldest parked message: being tried, or waiting for the same message under its other keys. */
  head: { ref: string; sequence: number } | undefined;
  timer: NodeJS.Timeout | undefined;
  /** Waits to be looked at, or is being looked at. */
  looking: boolean;
  /** To be looked at once more: something came up that the present look may have missed. */
  again: boolean;
  /** Where in the hub the last message stood that was settled here: not after it stand second copies. */
  settled: ReturnType<typeof hubPosition>;
}

export const newKey = (): ParkedKey => ({
  head: undefined,
  timer: undefined,
  looking: false,
  again: false,
  settled: undefined,
});

/** Whether the message, or one behind it, has been settled already. */
export function isSettled(ref: string, settled: ReturnType<typeof hubPosition>): boolean {
  const position = hubPosition(ref);
  return position !== undefined && position.stream === settled?.stream && position.sequence <= settled.sequence;
}
