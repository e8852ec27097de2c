import { errorCode } from "../../base/errors.ts";
import type { Delivered } from "../../jetstream/delivered.ts";
import type { Log } from "../../telemetry/log.ts";
import type { RecordWriter } from "../records.ts";
import { type Entry, fromHub } from "./entry.ts";
import type { History } from "./history.ts";
import { type Standing, standingOf } from "./standing.ts";

export interface HeldOptions {
  /** Creation of the hub stream, milliseconds since the epoch. */
  streamCreated: number;
  /** Up to here the consumer had everything acknowledged when the term began. */
  floor: number;
  /** The floor as it is now. */
  readFloor: () => Promise<number>;
  history: History;
  records: RecordWriter;
  log: Log;
}

/**
 * The hub's messages that came in this term and are not done with. It knows what the hub may deliver again, hence what
 * a copy in PARKED is worth, and which records a successor would need.
 */
export class Held {
  readonly #o: HeldOptions;
  /** In stream order. */
  readonly #bySequence = new Map<number, Entry>();
  /** Messages that were parked in this term and are not settled yet. */
  readonly #parkedHere = new Set<string>();
  #highest = 0;
  #floor: number;
  #floorWanted = false;
  #allFound = false;

  constructor(options: HeldOptions) {
    this.#o = options;
    this.#floor = options.floor;
  }

  /** A delivery; undefined where there is nothing to do for it. */
  take(delivered: Delivered): Entry | undefined {
    const held = this.#bySequence.get(delivered.sequence);
    if (held) {
      held.delivered = delivered;
      return undefined;
    }
    // First deliveries of a term come in stream order: this one was settled, and its acknowledgement lost.
    if (delivered.sequence <= this.#highest) {
      delivered.ack();
      return undefined;
    }
    this.#highest = delivered.sequence;
    const entry = fromHub(delivered, this.#o.streamCreated, this.#o.records.last);
    if (this.#o.history.isParked(entry.ref)) {
      delivered.ack();
      return undefined;
    }
    this.#bySequence.set(delivered.sequence, entry);
    if (this.#bySequence.size === 1) this.#tellNeeded();
    return entry;
  }

  /** The entry's outcome is durable, or its parking. */
  acknowledge(entry: Entry): void {
    if (!entry.delivered) return;
    entry.delivered.ack();
    this.#bySequence.delete(entry.delivered.sequence);
    this.#tellNeeded();
  }

  /** It is durable that the entry is in PARKED. */
  parked(entry: Entry): void {
    this.#parkedHere.add(entry.ref);
    this.acknowledge(entry);
  }

  /** The entry can't come again, neither from the hub nor from PARKED. */
  settled(entry: Entry): void {
    this.#parkedHere.delete(entry.ref);
    this.#o.records.forget(entry.ref);
  }

  /** Of every key that was parked when the term began the oldest message is known. */
  allFound(): void {
    this.#allFound = true;
    this.#tellNeeded();
  }

  standing(ref: string): Standing {
    const { streamCreated, floor, history } = this.#o;
    return standingOf(ref, {
      streamCreated,
      floor,
      highest: this.#highest,
      holds: (sequence) => this.#bySequence.has(sequence),
      isParked: () => this.#parkedHere.has(ref) || history.isParked(ref),
      willCome: (sequence) => this.#willCome(sequence),
    });
  }

  /** Tells the hub that all of them are being worked at. */
  keepAlive(): void {
    for (const entry of this.#bySequence.values()) entry.delivered?.working();
    if (!this.#floorWanted) return;
    this.#floorWanted = false;
    this.#o.readFloor().then(
      (floor) => (this.#floor = floor),
      (error: unknown) => this.#o.log.debug("floor is not known", { code: errorCode(error) }),
    );
  }

  /** Whether the hub may still deliver it. It may not, e.g. because the routes have changed. */
  #willCome(sequence: number): boolean {
    this.#floorWanted = true;
    return sequence > this.#floor;
  }

  /**
   * Tells the records what of them a successor needs. The hub delivers again from the oldest message that is not
   * acknowledged, those behind it that are included: what was recorded since that one came, in whichever term.
   */
  #tellNeeded(): void {
    const { records, floor, history, streamCreated } = this.#o;
    const [oldest] = this.#bySequence.values();
    records.keepFrom(oldest?.cameAfter ?? Number.POSITIVE_INFINITY);
    const done = Math.max(floor, (oldest?.delivered?.sequence ?? this.#highest + 1) - 1);
    if (this.#allFound && done >= history.highest(streamCreated)) records.disinherit();
  }
}
