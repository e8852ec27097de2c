import type { Rule } from "./plan.ts";
import { checkDepth, GONE, isMembers, mapItems, mapMembers } from "./members.ts";

/** Collects which elements were taken away or tokenised: paths as the contract writes them, without positions or values. */
export class Report {
  readonly removed = new Set<string>();
  readonly tokenised = new Set<string>();
  readonly #token: (value: string) => string;

  constructor(token: (value: string) => string) {
    this.#token = token;
  }

  remove(path: string): typeof GONE {
    this.removed.add(path);
    return GONE;
  }

  /**
   * `value` with a token in place of each primitive; null stays null. What `rule` removes within is removed. `keep`
   * says which members stay as they are, `drop` which go without being tokenised.
   */
  tokenise(value: unknown, rule: Rule | undefined, path: string, keep: KeyTest, drop: KeyTest, depth = 0): unknown {
    checkDepth(depth);
    if (Array.isArray(value)) {
      return mapItems(value, (item) => this.tokenise(item, rule, path, keep, drop, depth + 1));
    }
    if (isMembers(value)) {
      return mapMembers(value, (key, member) => {
        const within = rule?.within.get(key);
        if (within?.remove || drop(key)) return this.remove(`${path}.${key}`);
        return keep(key) ? member : this.tokenise(member, within, `${path}.${key}`, keep, drop, depth + 1);
      });
    }
    if (value === null || value === undefined) return value;
    this.tokenised.add(path);
    return this.#token(String(value));
  }
}

export type KeyTest = (key: string) => boolean;
