import { FasciaError } from "../base/errors.ts";
import { REFUSED_FUNCTIONS } from "./builtins.ts";
import { placeOf } from "./explain.ts";
import { ExpressionNames, type NamingNode } from "./expressionnames.ts";
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
  const names = new ExpressionNames(variables);
  const seen = new Set<object>();
  const rest: unknown[] = [ast];
  for (let node = rest.pop(); rest.length > 0 || node !== undefined; node = rest.pop()) {
    if (typeof node !== "object" || node === null || seen.has(node)) continue;
    seen.add(node);
    if (!(node instanceof RegExp)) rest.push(...Object.values(node));
    inspectNode(node as SyntaxNode, source, inspection);
    names.note(node as SyntaxNode);
  }
  const fault = names.fault();
  if (fault !== undefined) throw wrong(fault.why, fault.position, source);
  return inspection;
}

interface SyntaxNode extends NamingNode {
  keepSingletonArray?: unknown;
}

function inspectNode(node: SyntaxNode, source: string, inspection: Inspection): void {
  const { type, value, position } = node;
  if (node.keepSingletonArray === true) inspection.marksInput = true;
  if (type === "binary" && value === "..") inspection.makesRanges = true;
  if (type === "regex" && value instanceof RegExp) checkRegex(value, position, source);
  const refusal = type === "variable" && typeof value === "string" ? REFUSED_FUNCTIONS.get(value) : undefined;
  if (refusal !== undefined) throw wrong(`$${String(value)} is not available: ${refusal}`, position, source);
}

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
