import type { Generalisation } from "../../api/contractversion.ts";
import { generalised, isAmount } from "./generalise.ts";
import { checkDepth, GONE, isMembers, mapItems, mapMembers, type Members } from "./members.ts";
import type { Rule } from "./plan.ts";

/** What stands in for values is made with. */
export interface Substitutes {
  /** The text that stands in for `value` of the element at `path`: the same for the same value there, and no way back. */
  token: (value: string, path: string) => string;
  /** When it is looked at, milliseconds since the epoch: ages depend on it. */
  at: number;
}

/** How a value is replaced. */
export type Method = "Token" | Generalisation;

/** Of two that are asked for in one place, the one that tells less. */
export const methodOf = (rule: Rule | undefined): Method | undefined => (rule?.tokenise ? "Token" : rule?.generalise);

/** What the format of a payload asks for where a whole element is replaced. */
export interface Dialect {
  /** Members that stay as they are. */
  keeps: (key: string) => boolean;
  /** Members that go. */
  drops: (key: string) => boolean;
  /** Whether objects and lists stay where they become empty. */
  keepsEmpty: boolean;
}

/**
 * What was made of one payload: what is gone from it, and what stands in for values. Who minimises it again, by what another version of the contract says, leaves it
 * as it is where that asks for the same: a token of a token would be another one, and of three digits there is no ZIP code.
 */
export class Made {
  /** Whether anything was taken away, and whether lists have lost items. */
  hasRemoved = false;
  hasShortened = false;
  readonly #values = new Map<Method, Set<unknown>>();

  has(method: Method, value: unknown): boolean {
    return this.#values.get(method)?.has(value) === true;
  }

  by<T>(method: Method, value: T): T {
    const values = this.#values.get(method) ?? new Set();
    this.#values.set(method, values.add(value));
    return value;
  }
}

/** Collects what became of which elements: paths as the contract writes them, without positions or values. */
export class Report {
  readonly removed = new Set<string>();
  readonly tokenised = new Set<string>();
  readonly generalised = new Set<string>();
  readonly #substitutes: Substitutes;
  readonly #made: Made;

  /** `made`: what stands in for values in this payload already, by another version of its contract. */
  constructor(substitutes: Substitutes, made: Made) {
    this.#substitutes = substitutes;
    this.#made = made;
  }

  remove(path: string): typeof GONE {
    this.removed.add(path);
    this.#made.hasRemoved = true;
    return GONE;
  }

  /** A list has lost items. */
  shorten(): void {
    this.#made.hasShortened = true;
  }

  /**
   * `value` with what `method` makes of each primitive in it; null stays null. What `rule` says of elements within holds
   * for them, where it tells less: what is to be removed is, and in place of what is within tokens there are tokens.
   */
  replace(value: unknown, method: Method, rule: Rule | undefined, path: string, dialect: Dialect, depth = 0): unknown {
    checkDepth(depth);
    if (Array.isArray(value)) {
      const items = mapItems(value, (item) => this.replace(item, method, rule, path, dialect, depth + 1));
      if (items.length < value.length) this.shorten();
      return items !== value && items.length === 0 && !dialect.keepsEmpty ? GONE : items;
    }
    if (isMembers(value)) {
      if (method === "AgeTo90" && isAmount(value)) return this.#generalise(value, method, path);
      const made = this.#members(value, method, rule, path, dialect, depth);
      return made !== value && Object.keys(made).length === 0 && !dialect.keepsEmpty ? GONE : made;
    }
    if (value === null || value === undefined || this.#made.has(method, value)) return value;
    return method === "Token" ? this.#token(String(value), path) : this.#generalise(value, method, path);
  }

  #members(value: Members, method: Method, rule: Rule | undefined, path: string, dialect: Dialect, depth: number) {
    return mapMembers(value, (key, member) => {
      const within = rule?.within.get(key);
      const place = `${path}.${key}`;
      if (within?.remove || dialect.drops(key)) return this.remove(place);
      if (dialect.keeps(key)) return member;
      const inner = method === "Token" ? method : (methodOf(within) ?? method);
      return this.replace(member, inner, within, place, dialect, depth + 1);
    });
  }

  #token(value: string, path: string): string {
    this.tokenised.add(path);
    return this.#made.by("Token", this.#substitutes.token(value, path));
  }

  #generalise(value: unknown, to: Generalisation, path: string): unknown {
    const made = generalised(value, to, this.#substitutes.at);
    if (made === undefined) return this.remove(path);
    this.generalised.add(path);
    return this.#made.by(to, made);
  }
}
