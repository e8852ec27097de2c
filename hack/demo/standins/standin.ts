import { closeSync, openSync, writeSync } from "node:fs";
import type { Listening } from "./listener.ts";
import type { Behaviour } from "./script.ts";

/** A system that the product talks to, small and apart from it: it shares no code, so that it can bear witness. */
export interface StandIn<R> {
  /** What an Adapter is told: a URL, or host and port. */
  readonly address: string;
  readonly port: number;
  /** Everything that came, in order, also what was not taken. */
  readonly received: readonly R[];
  /** Takes effect with the next message; resolves when a listener that goes or comes back has done so. */
  setBehaviour(behaviour: Behaviour): Promise<void>;
  close(): Promise<void>;
}

export interface StandInOptions<R> extends Listening {
  /** File to which each record is appended, before it is answered, one JSON document a line. */
  journal?: string;
  onReceived?: (record: R) => void;
}

/** What every record says. */
export interface Received {
  /** Milliseconds since the epoch. */
  at: number;
  /** Whether it counts as processed. */
  taken: boolean;
}

/** Keeps the records: in memory, in the journal, and for who listens. */
export class Journal<R extends Received> {
  readonly records: R[] = [];
  readonly #file: number | undefined;
  readonly #onReceived: ((record: R) => void) | undefined;

  constructor(options: StandInOptions<R>) {
    this.#file = options.journal === undefined ? undefined : openSync(options.journal, "a");
    this.#onReceived = options.onReceived;
  }

  add(record: R): void {
    this.records.push(record);
    if (this.#file !== undefined) writeSync(this.#file, `${JSON.stringify(record)}\n`);
    this.#onReceived?.(record);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}
