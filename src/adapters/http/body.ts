import type { Readable } from "node:stream";
import { Problem } from "./problem.ts";

/** Bytes of bodies that are here and not yet answered, over all requests: their number times their size is too much. */
export class IntakeMemory {
  readonly #limit: number;
  #used = 0;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  get usedBytes(): number {
    return this.#used;
  }

  /** Counts `bytes` more; throws Problem 503 when it is too many. */
  take(bytes: number): void {
    this.#used += bytes;
    if (this.#used > this.#limit) throw new Problem(503, "busy with other requests: try again", { "retry-after": "1" });
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}

/**
 * Reads a request's body. What it resolves with is counted in `memory` until given back. Rejects with Problem 413 at
 * the first byte too many, with 503 when there is no room for it, and with 400 when the sender breaks off; what is
 * still coming is then read and dropped, so that the sender gets to see the answer.
 */
export async function readBody(payload: Readable, maxBytes: number, memory: IntakeMemory): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of payload.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      memory.take(chunk.length);
      if (length > maxBytes) throw new Problem(413, `the message is longer than ${maxBytes} bytes`);
    }
    return Buffer.concat(chunks, length);
  } catch (error) {
    memory.give(length);
    payload.resume();
    throw error instanceof Problem ? error : new Problem(400, "the request broke off within its body");
  }
}
