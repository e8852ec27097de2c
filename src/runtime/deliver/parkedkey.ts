import { hubPosition } from "./entry.ts";

export interface Head {
  ref: string;
  sequence: number;
  keys: readonly string[];
}

type Keys = ReadonlyMap<string, ParkedKey>;

/** A key of which something is parked, as its lane knows it. */
export interface ParkedKey {
  /** The oldest parked message: being tried, or waiting for the same message under its other keys. */
  head: Head | undefined;
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

/**
 * Whether it stands behind a message that the hub had after it: it was done with before that one was parked, and only
 * its acknowledgement lost. Behind each other under two keys, the two would wait for each other for ever.
 */
export const isOvertaken = ({ ref, keys }: Head, all: Keys): boolean =>
  keys.some((key) => isBefore(ref, all.get(key)?.head?.ref));

/** Those of `merges` whose head is overtaken by the one that `key` has now. */
export function overtakenBy(key: string, merges: Iterable<string>, all: Keys): string[] {
  return [...merges].filter((other) => {
    const head = all.get(other)?.head;
    return other !== key && head?.keys.includes(key) && isOvertaken(head, all);
  });
}

/** Whether the hub had the one before the other. */
function isBefore(ref: string, other = ""): boolean {
  const [one, two] = [hubPosition(ref), hubPosition(other)];
  return one !== undefined && one.stream === two?.stream && one.sequence < two.sequence;
}

/** Whether the message, or one behind it, has been settled already. */
export function isSettled(ref: string, settled: ReturnType<typeof hubPosition>): boolean {
  const position = hubPosition(ref);
  return position !== undefined && position.stream === settled?.stream && position.sequence <= settled.sequence;
}
