import { backoff, type BackoffPolicy } from "../../base/backoff.ts";
import type { Clock } from "../../base/clock.ts";
import { KubeError } from "./failure.ts";

/** What a request does when it is made twice, though the first one was carried out. */
export type Repeat = "safe" | "unsafe";

export interface RetryDeps {
  clock: Pick<Clock, "sleep">;
  /** Uniform in [0, 1). */
  random: () => number;
}

const ATTEMPTS = 4;
const POLICY: BackoffPolicy = { initialMs: 200, maxMs: 5_000 };
/** A server that asks for a longer pause is asked again by whoever comes next, not by a request that hangs. */
const MAX_WAIT_MS = 10_000;

/**
 * How long to wait before attempt `attempt + 1`, milliseconds; undefined when the error is to be told. What was
 * certainly not carried out (429, a connection that never was) is repeated always, the rest only where that is safe.
 */
export function pauseBefore(error: unknown, attempt: number, repeat: Repeat, random: () => number): number | undefined {
  if (!(error instanceof KubeError) || attempt >= ATTEMPTS) return undefined;
  if (!isTransient(error) || (repeat === "unsafe" && !wasNotDone(error))) return undefined;
  const wait = Math.max(error.retryAfterMs ?? 0, backoff(POLICY, attempt, random));
  return wait > MAX_WAIT_MS ? undefined : wait;
}

function isTransient({ code }: KubeError): boolean {
  return code === "KubeUnavailable" || code === "KubeThrottled";
}

const NEVER_CONNECTED = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "UND_ERR_CONNECT_TIMEOUT"]);

function wasNotDone({ code, cause }: KubeError): boolean {
  return code === "KubeThrottled" || NEVER_CONNECTED.has((cause as { code?: string } | undefined)?.code ?? "");
}

/** Does it until it succeeds, fails for good, or `signal` aborts. */
export async function withRetry<T>(
  deps: RetryDeps,
  repeat: Repeat,
  signal: AbortSignal | undefined,
  attemptOnce: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptOnce();
    } catch (error) {
      const wait = pauseBefore(error, attempt, repeat, deps.random);
      if (wait === undefined || signal?.aborted === true) throw error;
      await deps.clock.sleep(wait, signal);
    }
  }
}
