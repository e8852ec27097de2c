import type { IncomingMessage } from "node:http";
import { FasciaError } from "../../base/errors.ts";

/** Two objects as large as etcd takes them (1.5 MiB each), the new one and the old, and what stands around them. */
export const MAX_BYTES = 3 * 1024 ** 2 + 128 * 1024;

/** For the bodies of all requests together. */
const MAX_MEMORY = 16 * MAX_BYTES;

/** A request that is refused before anybody looks into it. */
export class Refusal extends FasciaError {
  /** HTTP status. */
  readonly status: number;

  constructor(status: number, message: string) {
    super("RequestRefused", message);
    this.status = status;
  }
}

let inMemory = 0;

/** The body of a POST of JSON. Rejects with `Refusal`. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (request.method !== "POST") throw new Refusal(405, "an AdmissionReview is sent by POST");
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? ""))
    throw new Refusal(415, "an AdmissionReview is sent as application/json");
  if (Number(request.headers["content-length"]) > MAX_BYTES) throw tooLong();
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      inMemory += chunk.length;
      if (bytes > MAX_BYTES) throw tooLong();
      if (inMemory > MAX_MEMORY) throw new Refusal(503, "too many large requests at once; try again");
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(400, "the request ended before its body did");
  } finally {
    inMemory -= bytes;
  }
  return Buffer.concat(chunks);
}

const tooLong = (): Refusal => new Refusal(413, `the body is longer than ${MAX_BYTES} bytes`);
