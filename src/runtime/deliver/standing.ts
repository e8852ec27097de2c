import { hubPosition } from "./entry.ts";

/**
 * What a copy in PARKED is worth. It counts when the hub is done with the message. It is `early` while the message
 * itself is in our lanes or still to come, and `void` when the message was settled from there: then the copy was stored
 * by a process that died before it could record that, or that did not know yet that it was replaced.
 */
export type Standing = "counts" | "early" | "void";

/** What a term knows of the hub's messages. */
export interface Knowledge {
  /** Creation of the hub stream, milliseconds since the epoch. */
  streamCreated: number;
  /** Up to here everything was acknowledged when the term began. */
  floor: number;
  /** The last message that came in this term. */
  highest: number;
  /** Whether the message came in this term and is not done with. */
  holds: (sequence: number) => boolean;
  /** Whether its parking is recorded. */
  isParked: (ref: string) => boolean;
  /** Whether the hub may still deliver a message that has not come in this term. */
  willCome: (sequence: number) => boolean;
}

/** Pure. A replay, or a message of an earlier stream of this name, is nowhere but in PARKED. */
export function standingOf(ref: string, known: Knowledge): Standing {
  const position = hubPosition(ref);
  if (!position || position.stream !== String(known.streamCreated)) return "counts";
  const { sequence } = position;
  if (sequence <= known.floor || known.isParked(ref)) return "counts";
  if (sequence > known.highest) return known.willCome(sequence) ? "early" : "counts";
  return known.holds(sequence) ? "early" : "void";
}
