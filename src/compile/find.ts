import { namespaceOf } from "../api/objectmeta.ts";
import type { Adapter } from "../api/adapter.ts";

/** Finds by a key: a list, which nobody changes in place, is gone through once however often it is asked. */
function index<T>(keyOf: (item: T) => string): (key: string, list: readonly T[]) => readonly T[] {
  const known = new WeakMap<readonly T[], Map<string, T[]>>();
  return (key, list) => {
    const byKey = known.get(list) ?? Map.groupBy(list, keyOf);
    known.set(list, byKey);
    return byKey.get(key) ?? NONE;
  };
}

const NONE: readonly never[] = [];

type Versioned = { spec: { contract: string; version: string } };
const byContract = index<Versioned>(({ spec }) => spec.contract);
const byName = index<Adapter>((adapter) => `${namespaceOf(adapter)}/${adapter.metadata.name}`);

const byTarget = index<{ namespace: string; target: string }>(({ namespace, target }) => `${namespace}/${target}`);

/** Those of `versions` that are of `contract`, in their order. */
export const versionsOf = <V extends Versioned>(contract: string, versions: readonly V[]): readonly V[] =>
  byContract(contract, versions) as readonly V[];

export const versionNamed = <V extends Versioned>(
  { contract, version }: { contract: string; version?: string | undefined },
  versions: readonly V[],
): V | undefined => versionsOf(contract, versions).find(({ spec }) => spec.version === version);

export const adapterNamed = (
  { namespace = "default", name }: { namespace?: string | undefined; name: string },
  adapters: readonly Adapter[],
): Adapter | undefined => byName(`${namespace}/${name}`, adapters)[0];

/** Those of `routes` that deliver to an adapter, in their order. */
export const routesTo = <R extends { namespace: string; target: string }>(
  { namespace, name }: { namespace: string; name: string },
  routes: readonly R[],
): readonly R[] => byTarget(`${namespace}/${name}`, routes) as readonly R[];
