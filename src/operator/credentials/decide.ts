import { contentHash } from "../../base/hash.ts";

const HOUR_MS = 3_600_000;
/** How long credentials are valid: an operator that is down for days stops nobody. */
export const VALID_MS = 7 * 24 * HOUR_MS;
/** How long they are the newest ones. */
export const PERIOD_MS = 24 * HOUR_MS;

/** Milliseconds since the epoch. */
export interface Period {
  from: number;
  to: number;
}

/**
 * The period whose credentials a user has at `now`: each day one, that begins for each user at a time of its own, so that
 * not all of them connect anew at once. No more than the clock has to be known to tell: what is in a Secret is never read.
 */
export function periodOf(user: string, now: number): Period {
  const offset = (Number.parseInt(contentHash(user).slice(0, 8), 16) * 1000) % PERIOD_MS;
  const from = Math.floor((now - offset) / PERIOD_MS) * PERIOD_MS + offset;
  return { from, to: from + PERIOD_MS };
}
