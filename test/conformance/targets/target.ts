import type { Target, TargetDeps } from "../../../src/adapters/adapter.ts";

/** What the peer does with a message that has arrived whole. */
export type Behaviour =
  /** Takes it and says so. */
  | "Take"
  /** Says that it will never take it, and quotes it. */
  | "Reject"
  /** Says that it can't take it now, and quotes it. */
  | "Busy"
  /** Closes the connection without a word. */
  | "Close"
  /** Resets the connection without a word. */
  | "Reset"
  /** Says nothing, and keeps the connection. */
  | "Hang"
  /** Answers with bytes that mean nothing, and quotes it. */
  | "Garbage";

/** A target with its peer. */
export interface TargetRig {
  target: Target;
  /** What to send as message number `n`: it holds the canary. */
  payload(n: number): unknown;
  /** Numbers of the messages that arrived whole at the peer, in order. */
  arrived(): Promise<number[]>;
  /** What the peer does from now on; may differ by message, and take its time. Peers that are no process only Take. */
  behave(behaviour: (n: number) => Behaviour | Promise<Behaviour>): void;
  dispose(): Promise<void>;
}

/** How one kind of target is brought into the suite. */
export interface TargetDriver {
  name: string;
  /** Whether there is another process that can misbehave. */
  hasPeer: boolean;
  /** How long it waits for an answer, milliseconds. */
  timeoutMs: number;
  create(deps: Omit<TargetDeps, "secrets">, options?: { unreachable?: boolean }): Promise<TargetRig>;
}
