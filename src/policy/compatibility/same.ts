import type { Budget } from "./difference.ts";
import { type Document, isObject, own } from "./document.ts";

/** Whether a schema of one document is written as one of another, and what its references lead to, too. */
export class Sameness {
  readonly #documents: readonly [Document, Document];
  readonly #budget: Budget;

  constructor(documents: readonly [Document, Document], budget: Budget) {
    this.#documents = documents;
    this.#budget = budget;
  }

  of(a: unknown, b: unknown): boolean {
    return this.#compare(a, b, new Set());
  }

  /** `followed`: references that are the same if all else is. */
  #compare(a: unknown, b: unknown, followed: Set<string>): boolean {
    this.#budget.spend();
    if (Array.isArray(a) && Array.isArray(b))
      return a.length === b.length && a.every((item, index) => this.#compare(item, b[index], followed));
    if (!isObject(a) || !isObject(b)) return a === b;
    const names = Object.keys(a);
    if (names.length !== Object.keys(b).length) return false;
    const isEqual = names.every(
      (name) => Object.hasOwn(b, name) && this.#compare(own(a, name), own(b, name), followed),
    );
    return isEqual && this.#compareTargets(a["$ref"], followed);
  }

  #compareTargets(ref: unknown, followed: Set<string>): boolean {
    if (typeof ref !== "string" || followed.has(ref)) return true;
    followed.add(ref);
    const [a, b] = this.#documents.map((document) => document.follow(ref));
    return a !== undefined && b !== undefined && this.#compare(a, b, followed);
  }
}
