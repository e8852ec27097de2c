import { type HashKey, keyedHash } from "../../base/hash.ts";

/**
 * Makes tokens, `<key id>.<hash>`, with the key of the installation: the same value of the same element is one token in
 * every message, for every receiver, by every process, and another one of every other element. So messages can be joined
 * by what somebody may not see, and values that are few can't be told by what stands for them elsewhere.
 */
export const tokenMaker =
  (key: HashKey) =>
  (value: string, path: string): string =>
    keyedHash(key, "token", path, value);
