/** No answer makes us wait longer than this before the next attempt. */
export const MAX_RETRY_AFTER_MS = 3_600_000;

/** IMF-fixdate, the one form of HTTP dates that senders may produce (RFC 9110 section 5.6.7). */
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/**
 * Milliseconds to wait by a Retry-After header (RFC 9110 section 10.2.3: seconds or a date), at most an hour.
 * Undefined when it says nothing that can be used, or an instant that has passed.
 */
export function retryAfterMs(value: string, now: number): number | undefined {
  const ms = /^\d{1,10}$/.test(value) ? Number(value) * 1000 : HTTP_DATE.test(value) ? Date.parse(value) - now : NaN;
  return ms > 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : undefined;
}
