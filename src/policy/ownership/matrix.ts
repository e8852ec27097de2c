import type { EntityOwnership } from "../../api/datadomain.ts";
import type { Resources } from "../../compile/resources.ts";
import { precedes } from "../../compile/order.ts";

/** Of an entity, or of a field that another system owns: who may write it, and who receives it. */
export interface MatrixEntry {
  /** `Patient`, or `Patient.telecom`. */
  path: string;
  domain: string;
  owner: string;
  /** The system that may write it. */
  primary: string;
  /** Adapters that act as that system, e.g. `clinic/ehr`; none where the system is in no domain: any may. */
  adapters: string[];
  /** Systems that may receive it, its entity's primary one among them; undefined: every system. */
  consumers?: string[];
  /** By which ways its entity may be written back into its primary system, e.g. `profile into clinic/ehr`; undefined: any. */
  writePaths?: string[];
}

/** What domains say of entities and fields, by path. Of two domains that claim one entity the earlier one is believed. */
export function matrixOf({ dataDomains }: Pick<Resources, "dataDomains">): MatrixEntry[] {
  const claimed = new Set<string>();
  const inOrder = dataDomains.toSorted((a, b) => (precedes(a, b) ? -1 : 1));
  const adapters = new Map<string, string[]>();
  for (const { spec } of inOrder)
    for (const claim of spec.systems ?? [])
      if (!adapters.has(claim.system)) adapters.set(claim.system, claim.adapters.map(nameOf));
  const entries = inOrder.flatMap(({ metadata, spec }) =>
    (spec.entities ?? []).flatMap((ownership) => {
      if (claimed.has(ownership.entity)) return [];
      claimed.add(ownership.entity);
      const consumers = consumersOf(ownership);
      const writePaths = ownership.writePaths?.map((way) => `${way.contract} into ${way.namespace}/${way.adapter}`);
      return ownersIn(ownership).map(({ path, primary }): MatrixEntry => ({
        path,
        domain: metadata.name,
        owner: spec.owner,
        primary,
        adapters: adapters.get(primary) ?? [],
        ...(consumers && { consumers }),
        ...(writePaths && { writePaths }),
      }));
    }),
  );
  return entries.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Who answers for the element `path`: the entry that names it, or the nearest one above it. */
export function entryFor(path: string, matrix: readonly MatrixEntry[]): MatrixEntry | undefined {
  const above = matrix.filter((entry) => path === entry.path || path.startsWith(`${entry.path}.`));
  return above.toSorted((a, b) => b.path.length - a.path.length)[0];
}

const nameOf = ({ namespace, name }: { namespace: string; name: string }): string => `${namespace}/${name}`;

const ownersIn = ({ entity, primary, fields = [] }: EntityOwnership): { path: string; primary: string }[] => [
  { path: entity, primary },
  ...fields,
];

const consumersOf = ({ primary, consumers }: EntityOwnership): string[] | undefined =>
  consumers && [...new Set([primary, ...consumers])];
