/**
 * Bytes of messages that are here and not yet answered, over all connections of a source. Each message and each
 * connection has its limit; this one keeps their product from filling the process's memory.
 */
export class IntakeMemory {
  readonly #limit: number;
  #used = 0;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  get usedBytes(): number {
    return this.#used;
  }

  /** One connection's part of it. */
  share(): MemoryShare {
    let mine = 0;
    return {
      hold: (bytes) => {
        this.#used += bytes - mine;
        mine = bytes;
        return this.#used <= this.#limit;
      },
    };
  }
}

export interface MemoryShare {
  /** Says how many bytes the connection holds now; false when all together hold too many. */
  hold(bytes: number): boolean;
}
