import { FasciaError } from "../base/errors.ts";

/** Nodes of a result that are looked at: a value that holds itself many times over would never end. */
const MAX_NODES = 1_000_000;
const MAX_DEPTH = 200;
/** Characters of all texts together; what NATS carries in one message is less. */
const MAX_CHARACTERS = 16_777_216;

interface Budget {
  nodes: number;
  characters: number;
}

/**
 * `value` as JSON can hold it: undefined members left out, lists without the marks of the expression language, an
 * error for functions and numbers that JSON does not know. Parts that are plain already are not copied, so the result
 * may share them with the input. Undefined stays undefined: the expression yielded nothing.
 */
export function plainJson(value: unknown): unknown {
  return plain(value, 0, { nodes: 0, characters: 0 });
}

function plain(value: unknown, depth: number, budget: Budget): unknown {
  if (++budget.nodes > MAX_NODES || depth > MAX_DEPTH) throw failed("the result is too large or too deep");
  if (typeof value === "string") return countedText(value, budget);
  if (typeof value === "number" && !Number.isFinite(value))
    throw failed("the result has a number that JSON cannot hold");
  if (value === null || value === undefined || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return plainList(value, depth, budget);
  if (typeof value === "object" && isPlainObject(value)) return plainObject(value, depth, budget);
  throw failed("the result has a function or another value that is not JSON");
}

function countedText(value: string, budget: Budget): string {
  budget.characters += value.length;
  if (budget.characters > MAX_CHARACTERS) throw failed("the result is too large or too deep");
  return value;
}

function plainList(list: unknown[], depth: number, budget: Budget): unknown[] {
  let copy: unknown[] | undefined = isMarked(list) ? Array.from(list) : undefined;
  for (let index = 0; index < list.length; index++) {
    const item = list[index];
    const made = plain(item, depth + 1, budget) ?? null;
    if (made === item) continue;
    copy ??= Array.from(list);
    copy[index] = made;
  }
  return copy ?? list;
}

/** Lists that the expression language made are marked by properties of their own. */
const isMarked = (list: unknown[]): boolean =>
  "sequence" in list || "keepSingleton" in list || "cons" in list || "outerWrapper" in list || "tupleStream" in list;

function plainObject(object: Record<string, unknown>, depth: number, budget: Budget): unknown {
  let changed = false;
  const entries: [string, unknown][] = [];
  for (const key of Object.keys(object)) {
    const value = object[key];
    const made = plain(value, depth + 1, budget);
    if (made !== value || made === undefined) changed = true;
    if (made !== undefined) entries.push([key, made]);
  }
  return changed || Object.getPrototypeOf(object) === null ? Object.fromEntries(entries) : object;
}

/** No class instance, and not the expression language's form of a function. */
function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return !("_jsonata_lambda" in value) && !("_jsonata_function" in value);
}

const failed = (what: string): FasciaError => new FasciaError("ExpressionFailed", `the expression failed: ${what}`);
