import type { Node } from "./parse.ts";

/**
 * A bound on the ways that a backtracking engine may try: at most `factor` × length^`degree` of them. Infinite where it
 * can be exponential.
 */
export interface Cost {
  factor: number;
  degree: number;
}

const ONE: Cost = { factor: 1, degree: 0 };
const UNBOUNDED: Cost = { factor: Infinity, degree: 0 };

/** `root` is a whole pattern; one that is not tied to the start is tried at each position. */
export function costOf(root: Node, multiline: boolean): Cost {
  const { factor, degree } = cost(root);
  return { factor, degree: degree + (isAnchored(root) && !multiline ? 0 : 1) };
}

function cost(node: Node): Cost {
  if (node.kind === "group") return cost(node.body);
  if (node.kind === "sequence") return node.items.map(cost).reduce(times, ONE);
  if (node.kind === "choice") return node.options.map(cost).reduce(plus);
  return node.kind === "repeat" ? repeated(node) : ONE;
}

function repeated({ body, min, max }: Extract<Node, { kind: "repeat" }>): Cost {
  const once = cost(body);
  const simple = once.factor === 1 && once.degree === 0;
  if (max === Infinity) return simple ? { factor: 1, degree: 1 } : UNBOUNDED;
  const lengths = max - min + 1;
  return simple ? { factor: lengths, degree: 0 } : { factor: once.factor ** max * lengths, degree: once.degree * max };
}

const times = (a: Cost, b: Cost): Cost => ({ factor: a.factor * b.factor, degree: a.degree + b.degree });

const plus = (a: Cost, b: Cost): Cost => ({ factor: a.factor + b.factor, degree: Math.max(a.degree, b.degree) });

function isAnchored(root: Node): boolean {
  const first = root.kind === "sequence" ? root.items[0] : root;
  return first?.kind === "assert" && first.source === "^";
}
