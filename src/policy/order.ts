import type { Resource } from "./rule.ts";

/**
 * Whether `a` was there before `b`: by when the API server made them, what it did not make (a manifest) last; then by
 * kind, namespace and name. A total order: of two resources that forbid one another it names the one that has to go,
 * the same wherever it is asked.
 */
export const precedes = (a: Resource, b: Resource): boolean => compare(rankOf(a), rankOf(b)) < 0;

/** After every instant that is written with digits. */
const LATEST = "~";

function rankOf({ kind, metadata }: Resource): readonly string[] {
  const created = metadata["creationTimestamp"];
  // Tools write `creationTimestamp: null` into what they generate.
  return [typeof created === "string" ? created : LATEST, kind, metadata.namespace ?? "", metadata.name];
}

function compare(a: readonly string[], b: readonly string[]): number {
  const differing = a.findIndex((part, index) => part !== b[index]);
  if (differing < 0) return 0;
  return (a[differing] ?? "") < (b[differing] ?? "") ? -1 : 1;
}
