import semver from "semver";
import type { Resource } from "./resources.ts";

/**
 * Whether `a` was there before `b`: by when the API server made them, what it did not make (a manifest) last; then by
 * kind, namespace and name, versions of a contract as they count. A total order: of two resources that forbid one
 * another it names the one that has to go, the same wherever it is asked.
 */
export const precedes = (a: Resource, b: Resource): boolean =>
  (compare(rankOf(a), rankOf(b)) || compareVersions(a, b)) < 0;

/** The one that was there first; undefined of none. So a message names the same one wherever it is written. */
export const earliest = <R extends Resource>(resources: readonly R[]): R | undefined =>
  resources.reduce<R | undefined>((first, each) => (first && precedes(first, each) ? first : each), undefined);

/** After every instant that is written with digits. */
const LATEST = "~";

function rankOf(resource: Resource): readonly string[] {
  const { kind, metadata } = resource;
  const name = resource.kind === "ContractVersion" ? resource.spec.contract : metadata.name;
  const created = metadata["creationTimestamp"];
  // Tools write `creationTimestamp: null` into what they generate.
  return [typeof created === "string" ? created : LATEST, kind, metadata.namespace ?? "", name];
}

function compare(a: readonly string[], b: readonly string[]): number {
  const differing = a.findIndex((part, index) => part !== b[index]);
  if (differing < 0) return 0;
  return (a[differing] ?? "") < (b[differing] ?? "") ? -1 : 1;
}

/** 1.10.0 comes after 1.2.0. */
const compareVersions = (a: Resource, b: Resource): number =>
  a.kind === "ContractVersion" && b.kind === "ContractVersion" ? semver.compare(a.spec.version, b.spec.version) : 0;
