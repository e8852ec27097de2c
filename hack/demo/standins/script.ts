/**
 * How a stand-in treats what it gets. `taken` says whether the message counts as processed although the answer says
 * otherwise, or there is none: what a sender can't know. `only` limits it to one message (idempotency key, MSH-10 or
 * `Type/id`), `containing` to those whose text has this in it, `times` to so many messages; after that, and for the
 * others, all is normal.
 */
export type Behaviour = Fault & { only?: string; containing?: string; times?: number };

type Fault =
  | { kind: "Normal" }
  /** Nothing listens: connections are refused, open ones are cut. */
  | { kind: "Down" }
  | { kind: "Slow"; ms: number }
  /** Answers with this HTTP status, or this MSA-1 code (AE, AR, CE, CR). */
  | { kind: "Status"; status: number | string; retryAfterSeconds?: number; taken?: boolean }
  /** Answers something that is no answer of this protocol, or one without meaning. */
  | { kind: "Garbage"; taken?: boolean }
  /** Cuts the connection in place of an answer. */
  | { kind: "Close"; taken?: boolean }
  /** Takes and stays silent until the behaviour changes; then everything that was held is answered. */
  | { kind: "Hold" };

/** The behaviour that is in force, message by message. */
export class Script {
  #behaviour: Behaviour = { kind: "Normal" };
  #release: () => void = () => {};
  #released = Promise.resolve();

  get kind(): Behaviour["kind"] {
    return this.#behaviour.kind;
  }

  set(behaviour: Behaviour): void {
    this.#release();
    this.#behaviour = { ...behaviour };
    this.#released = new Promise((resolve) => (this.#release = resolve));
  }

  /** What to do with the message `id`, which reads `text`. */
  next(id: string, text: string): Behaviour {
    const { only, containing, times } = this.#behaviour;
    if (only !== undefined && only !== id) return { kind: "Normal" };
    if (containing !== undefined && !text.includes(containing)) return { kind: "Normal" };
    if (times === undefined) return this.#behaviour;
    if (times <= 0) return { kind: "Normal" };
    this.#behaviour.times = times - 1;
    return this.#behaviour;
  }

  /** Waits as long as `behaviour` makes the peer wait for its answer. */
  async delay(behaviour: Behaviour): Promise<void> {
    if (behaviour.kind === "Hold") await this.#released;
    if (behaviour.kind === "Slow") await new Promise((resolve) => setTimeout(resolve, behaviour.ms));
  }
}

/** Whether a message that is treated so counts as processed. */
export function isTaken(behaviour: Behaviour): boolean {
  if (behaviour.kind === "Status") return behaviour.taken ?? false;
  if (behaviour.kind === "Garbage" || behaviour.kind === "Close") return behaviour.taken ?? true;
  return behaviour.kind !== "Down";
}
