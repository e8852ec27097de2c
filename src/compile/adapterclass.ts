import type { Adapter } from "../api/adapter.ts";
import type { AdapterClass } from "../api/adapterclass.ts";
import { precedes } from "./order.ts";

/**
 * The class that holds for `adapter`: the one it names, or where that is not there, the default one, so that nobody gets
 * out of the baseline by a name that leads nowhere. Undefined: none.
 */
export function classOf({ spec }: Adapter, classes: readonly AdapterClass[]): AdapterClass | undefined {
  const named = classes.find(({ metadata }) => metadata.name === spec.class);
  return named ?? defaultOf(classes);
}

/** Of several the latest, as Kubernetes chooses among StorageClasses. */
const defaultOf = (classes: readonly AdapterClass[]): AdapterClass | undefined =>
  classes.filter(({ spec }) => spec.isDefault).reduce<AdapterClass | undefined>(later, undefined);

const later = (a: AdapterClass | undefined, b: AdapterClass): AdapterClass =>
  a !== undefined && precedes(b, a) ? a : b;
