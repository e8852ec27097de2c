export interface BackoffPolicy {
  /** Delay before the second attempt, milliseconds. */
  initialMs: number;
  /** Upper bound of a delay, milliseconds. */
  maxMs: number;
}

/**
 * Exponential backoff with full jitter in its upper half: attempt 1 waits between half of `initialMs` and all of it,
 * each further attempt up to twice as long, at most `maxMs`. `random` is uniform in [0, 1).
 */
export function backoff(policy: BackoffPolicy, attempt: number, random: () => number): number {
  const ceiling = Math.min(policy.maxMs, policy.initialMs * 2 ** Math.min(attempt - 1, 30));
  return ceiling / 2 + (ceiling / 2) * random();
}
