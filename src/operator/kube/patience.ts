import { type BackoffPolicy, backoff } from "../../base/backoff.ts";
import type { Clock } from "../../base/clock.ts";
import { errorCode, safeReason } from "../../base/errors.ts";
import type { Log } from "../../telemetry/log.ts";

export interface PatienceDeps {
  clock: Pick<Clock, "sleep">;
  random: () => number;
  log: Log;
}

const RETRY: BackoffPolicy = { initialMs: 500, maxMs: 5000 };
/** An API server that is away comes back, and rights may be given later. */
const PASSING = new Set(["KubeUnavailable", "KubeThrottled", "KubeForbidden"]);

/** Repeats `action` while the API server does not answer, or refuses it; undefined once `signal` aborts. Other errors reject. */
export async function untilApiAnswers<T>(
  action: () => Promise<T>,
  { clock, random, log }: PatienceDeps,
  signal: AbortSignal,
): Promise<T | undefined> {
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (!PASSING.has(errorCode(error))) throw error;
      log.warn("waiting for the api server", { attempt, reason: safeReason(error) });
      await clock.sleep(backoff(RETRY, attempt, random), signal);
    }
  }
  return undefined;
}
