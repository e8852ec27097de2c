import { backoff } from "../base/backoff.ts";
import type { Clock } from "../base/clock.ts";
import { safeReason } from "../base/errors.ts";
import type { Receipt, Receive, Received } from "./adapter.ts";

export interface Patience {
  clock: Clock;
  /** Gives up when it aborts. */
  signal: AbortSignal;
  /** Told of each try that failed. */
  failed(reason: string, attempt: number): void;
}

const RETRY = { initialMs: 1000, maxMs: 30_000 };

/** For a source to which nobody comes again: tries until there is a final receipt; undefined when given up before. */
export async function untilStored(
  message: Received,
  receive: Receive,
  { clock, signal, failed }: Patience,
): Promise<Exclude<Receipt, { status: "Unavailable" }> | undefined> {
  for (let attempt = 1; !signal.aborted; attempt++) {
    const receipt = await receive(message).catch((error: unknown) => unavailable(error));
    if (receipt.status !== "Unavailable") return receipt;
    failed(receipt.reason, attempt);
    await clock.sleep(
      backoff(RETRY, attempt, () => 1),
      signal,
    );
  }
  return undefined;
}

function unavailable(error: unknown): Receipt {
  return { status: "Unavailable", reason: safeReason(error) };
}
