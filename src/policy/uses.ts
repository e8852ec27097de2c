import semver from "semver";
import type { Adapter } from "../api/adapter.ts";
import type { ContractVersionSpec } from "../api/contractversion.ts";
import type { Integration } from "../api/integration.ts";
import { versionNamed, versionsOf } from "../compile/find.ts";
import { phaseAt } from "./lifecycle/phase.ts";

/** What can use a ContractVersion. */
export type User = Adapter | Integration;

/** A version that a resource uses. */
export interface Used<V> {
  version: V;
  /** Where the resource says so, e.g. `spec.emits[0]`. */
  path: string;
  /** By a range that no other Active one satisfies: it may come to this by what becomes of others. */
  byRange?: true;
}

/**
 * Those of `versions` that `user` can't do without at `now` (milliseconds since the epoch): that it emits or accepts,
 * delivers, replies in, or subscribes to by a range which no other Active one satisfies.
 */
export function usedBy<V extends { spec: ContractVersionSpec }>(
  user: User,
  versions: readonly V[],
  now: number,
): Used<V>[] {
  return user.kind === "Adapter" ? namedBy(user, versions) : routedBy(user, versions, now);
}

function namedBy<V extends { spec: ContractVersionSpec }>({ spec }: Adapter, versions: readonly V[]): Used<V>[] {
  return (["emits", "accepts"] as const).flatMap((field) =>
    (spec[field] ?? []).flatMap((named, i) => exactly(named, versions, `spec.${field}[${i}]`)),
  );
}

function routedBy<V extends { spec: ContractVersionSpec }>(
  { spec }: Integration,
  versions: readonly V[],
  now: number,
): Used<V>[] {
  if (spec.event === undefined) return [];
  const { from, to } = spec.event;
  const inRange = versionsOf(from.contract, versions).filter(({ spec }) =>
    semver.satisfies(spec.version, from.version),
  );
  // What is on its way out, or not published yet, takes nobody's place.
  const active = inRange.filter((version) => phaseAt(version.spec.lifecycle, now) === "Active");
  const needed = inRange.filter((version) => active.every((other) => other === version));
  const byRange = !isExact(from.version) && BY_RANGE;
  return [
    ...needed.map((version) => ({ version, path: "spec.event.from", ...byRange })),
    ...to.flatMap(({ version, reply }, i) => [
      ...exactly({ contract: from.contract, version }, versions, `spec.event.to[${i}].version`),
      ...exactly(reply, versions, `spec.event.to[${i}].reply`),
    ]),
  ];
}

const BY_RANGE = { byRange: true } as const;
const isExact = (version: string): boolean => semver.valid(version) !== null;

/** None where it is not there, or nothing is named. */
function exactly<V extends { spec: ContractVersionSpec }>(
  named: { contract: string; version?: string | undefined } | undefined,
  versions: readonly V[],
  path: string,
): Used<V>[] {
  const found = named && versionNamed(named, versions);
  return found === undefined ? [] : [{ version: found, path }];
}
