import type { Source, SourceDeps } from "../../../src/adapters/adapter.ts";

/** What a source's dialect tells a sender, whatever its words for it. */
export type Answer = "Accepted" | "Refused" | "Unavailable";

/** One way in, whose messages have an order. */
export interface Sender {
  /** Sends messages one behind the other without waiting for answers; resolves with those that came. */
  send(...messages: Buffer[]): Promise<Answer[]>;
  /** Sends what is no message; resolves when the source has dealt with it. */
  sendGarbage(): Promise<void>;
}

/** A source with its world around it. */
export interface SourceRig {
  source: Source;
  /** Message number `n`, as it is to be handed on: each differs, and each holds the canary. */
  message(n: number): Buffer;
  /** A further way in, to be used once `start` gave `address`. */
  connect(address: string): Promise<Sender>;
  /** Removes what the rig made, the source aside. */
  dispose(): Promise<void>;
}

/** How one kind of source is brought into the suite. */
export interface SourceDriver {
  name: string;
  /** Whether it listens on a port, and so takes senders side by side. */
  listens: boolean;
  create(deps: Omit<SourceDeps, "secrets" | "clock">): Promise<SourceRig>;
}
