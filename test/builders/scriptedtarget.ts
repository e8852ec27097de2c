import { setTimeout as pause } from "node:timers/promises";
import type { Channel, Outbound, Outcome, Target } from "../../src/adapters/adapter.ts";

/** What the messages of these tests say. `id` is what a target sees of one; keys order it. */
export interface Note {
  id: string;
  [field: string]: unknown;
}

/** An attempt as the target saw it. */
export interface Attempt {
  note: Note;
  key: string;
  at: number;
}

/** A target in this process that does what the test says, and counts. */
export class ScriptedTarget implements Target {
  readonly idempotent: boolean;
  readonly concurrency: number;
  readonly attempts: Attempt[] = [];
  acquired = 0;
  /** Answers; by default everything is taken. */
  answer: (note: Note, signal: AbortSignal) => Outcome | Promise<Outcome> = () => delivered;
  /** In place of a channel, where the target is away. */
  away: Extract<Outcome, { kind: "Transient" }> | undefined;

  constructor(options: { idempotent: boolean; concurrency?: number }) {
    this.idempotent = options.idempotent;
    this.concurrency = options.concurrency ?? 8;
  }

  async acquire(): Promise<Channel | Extract<Outcome, { kind: "Transient" }>> {
    this.acquired++;
    await pause(0);
    return this.away ?? { send: (message, signal) => this.#send(message, signal), release: () => {} };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Ids of the messages in the order of their attempts. */
  get ids(): string[] {
    return this.attempts.map((a) => a.note.id);
  }

  async #send({ payload, idempotencyKey }: Outbound, signal: AbortSignal): Promise<Outcome> {
    const note = payload as Note;
    this.attempts.push({ note, key: idempotencyKey, at: performance.now() });
    return this.answer(note, signal);
  }
}

export const delivered: Outcome = { kind: "Delivered", detail: "taken" };
export const busy: Outcome = { kind: "Transient", reason: "busy", down: false };
export const down: Extract<Outcome, { kind: "Transient" }> = { kind: "Transient", reason: "away", down: true };
/** Never answers by itself. */
export const silent = (_note: Note, signal: AbortSignal): Promise<Outcome> =>
  new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve({ kind: "Ambiguous", reason: "given up", down: false })),
  );
