import { FasciaError } from "../base/errors.ts";
import { REFUSED_FUNCTIONS, isBuiltin } from "./builtins.ts";
import { placeOf } from "./explain.ts";
import { programOf } from "./regex/compile.ts";

/** What a look at an expression's syntax tree tells before it ever runs. */
export interface Inspection {
  /** Makes lists out of nothing, with `..`: their length has to be watched. */
  makesRanges: boolean;
  /** Has `[]` after a step: JSONata then leaves a mark on the lists of the input, so it must get a copy. */
  marksInput: boolean;
}

/**
 * Throws FasciaError `ExpressionSyntax` for functions that are refused or do not exist, variables that nothing binds, and
 * regular expressions that cannot be bounded.
 */
export function inspectExpression(ast: unknown, source: string, variables: readonly string[]): Inspection {
  const inspection = { makesRanges: false, marksInput: false };
  const names: Names = { bound: new Set(variables), used: [] };
  const seen = new Set<object>();
  const rest: unknown[] = [ast];
  for (let node = rest.pop(); rest.length > 0 || node !== undefined; node = rest.pop()) {
    if (typeof node !== "object" || node === null || seen.has(node)) continue;
    seen.add(node);
    if (!(node instanceof RegExp)) rest.push(...Object.values(node));
    inspectNode(node as SyntaxNode, source, inspection);
    noteNames(node as SyntaxNode, names);
  }
  checkNames(names, source);
  return inspection;
}

interface SyntaxNode {
  type?: unknown;
  value?: unknown;
  position?: unknown;
  keepSingletonArray?: unknown;
  lhs?: unknown;
  arguments?: unknown;
  /** Names that `@` and `#` bind. */
  focus?: unknown;
  index?: unknown;
}

interface Names {
  /** Bound by us, or anywhere in the expression: where a name is in scope is left to JSONata. */
  bound: Set<unknown>;
  used: { name: string; position: unknown }[];
}

function inspectNode(node: SyntaxNode, source: string, inspection: Inspection): void {
  const { type, value, position } = node;
  if (node.keepSingletonArray === true) inspection.marksInput = true;
  if (type === "binary" && value === "..") inspection.makesRanges = true;
  if (type === "regex" && value instanceof RegExp) checkRegex(value, position, source);
  const refusal = type === "variable" && typeof value === "string" ? REFUSED_FUNCTIONS.get(value) : undefined;
  if (refusal !== undefined) throw wrong(`$${String(value)} is not available: ${refusal}`, position, source);
}

function noteNames(node: SyntaxNode, { bound, used }: Names): void {
  const { type, value, position, focus, index } = node;
  // `$` and `$$` are variables of these names.
  if (type === "variable" && typeof value === "string" && value !== "" && value !== "$")
    used.push({ name: value, position });
  if (type === "bind") bound.add(valueOf(node.lhs));
  if (type === "lambda" && Array.isArray(node.arguments)) for (const one of node.arguments) bound.add(valueOf(one));
  if (type === "index") bound.add(value);
  if (typeof focus === "string") bound.add(focus);
  if (typeof index === "string") bound.add(index);
}

/** JSONata takes an unknown variable for nothing, and says that it is no function only when it is called. */
function checkNames({ bound, used }: Names, source: string): void {
  const unknown = used.filter(({ name }) => !bound.has(name) && !isBuiltin(name));
  const [first] = unknown.toSorted((a, b) => Number(a.position) - Number(b.position));
  if (first === undefined) return;
  const why = `$${first.name} does not exist: it is no function of JSONata, and nothing binds it here`;
  throw wrong(why, first.position, source);
}

const valueOf = (node: unknown): unknown => (node as SyntaxNode | undefined)?.value;

function checkRegex(pattern: RegExp, position: unknown, source: string): void {
  try {
    programOf(pattern);
  } catch (error) {
    if (error instanceof FasciaError) throw wrong(error.message, position, source);
    throw error;
  }
}

function wrong(why: string, position: unknown, source: string): FasciaError {
  const where = typeof position === "number" ? ` at ${placeOf(source, position)}` : "";
  return new FasciaError("ExpressionSyntax", `the expression is wrong${where}: ${why}`);
}
