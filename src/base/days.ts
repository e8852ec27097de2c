export const DAY_MS = 86_400_000;

/** Days until `at`, a begun one counted as whole; 0 from then on. Both in milliseconds since the epoch. */
export const daysUntil = (at: number, now: number): number => Math.max(0, Math.ceil((at - now) / DAY_MS));

/** e.g. `1 day`, `12 days`. */
export const daysText = (days: number): string => (days === 1 ? "1 day" : `${days} days`);
