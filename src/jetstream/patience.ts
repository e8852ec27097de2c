import { type BackoffPolicy, backoff } from "../base/backoff.ts";
import type { Clock } from "../base/clock.ts";
import { errorCode } from "../base/errors.ts";
import type { Log } from "../telemetry/log.ts";

const RETRY: BackoffPolicy = { initialMs: 250, maxMs: 5000 };

/**
 * Repeats `action` while the hub does not answer, for as long as it takes, or until `signal` aborts; any other error
 * rejects.
 */
export async function untilHubAnswers<T>(
  action: () => Promise<T>,
  clock: Clock,
  random: () => number,
  log: Log,
  signal?: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (errorCode(error) !== "HubUnavailable" || signal?.aborted) throw error;
      log.warn("waiting for the hub", { attempt, error });
      await clock.sleep(backoff(RETRY, attempt, random), signal);
    }
  }
}
