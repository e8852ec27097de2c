import { BUCKETS } from "./names.ts";

const asText = (bucket: number): string => String(bucket).padStart(2, "0");

/** Every bucket there is, as two digits. */
export const ALL_BUCKETS: readonly string[] = Array.from({ length: BUCKETS }, (_, bucket) => asText(bucket));

/**
 * The bucket of an ordering key, as two digits. `key` is a keyed hash already, hence uniform: FNV-1a (32 bit) only
 * folds it to a number.
 */
export function bucketOf(key: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return asText((hash >>> 0) % BUCKETS);
}
