/** Results that are kept: small ones, of which so many take a few megabytes. */
const MAX = 10_000;

/**
 * `work`, which has to be pure, doing nothing again for an argument of the same key as one of the latest `max`. `keyOf`
 * tells arguments apart that have different results; long ones by a hash, since keys are kept.
 */
export function remembered<A, V>(
  work: (argument: A) => V,
  keyOf: (argument: A) => string,
  max = MAX,
): (argument: A) => V {
  const results = new Map<string, { value: V }>();
  return (argument) => {
    const key = keyOf(argument);
    const known = results.get(key);
    if (known !== undefined) return known.value;
    const value = work(argument);
    const [oldest] = results.keys();
    if (oldest !== undefined && results.size >= max) results.delete(oldest);
    results.set(key, { value });
    return value;
  };
}
