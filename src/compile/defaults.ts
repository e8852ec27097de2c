import type { Adapter } from "../api/adapter.ts";
import type { AdapterClass } from "../api/adapterclass.ts";
import { classOf } from "./adapterclass.ts";

export interface WithDefaults<A extends Adapter> {
  adapter: A;
  /** Name of the class that holds for it. */
  class?: string;
  /** Fields that it has from there, e.g. `spec.timeZone`. */
  given: string[];
}

/**
 * `adapter` with what its class gives to those who leave it out: each field as a whole. Nobody writes that into the resource,
 * where whoever keeps it in Git would take it away again.
 */
export function withDefaults<A extends Adapter>(adapter: A, classes: readonly AdapterClass[]): WithDefaults<A> {
  const found = classOf(adapter, classes);
  if (found === undefined) return { adapter, given: [] };
  const { pod: ownPod = {}, ...own } = adapter.spec;
  const { pod: podDefaults = {}, ...defaults } = found.spec.defaults ?? {};
  const given = [...lackedBy(own, defaults, "spec"), ...lackedBy(ownPod, podDefaults, "spec.pod")];
  if (given.length === 0) return { adapter, class: found.metadata.name, given };
  const pod = filled(ownPod, podDefaults);
  const spec = { ...filled(own, defaults), ...(Object.keys(pod).length > 0 && { pod }) };
  return { adapter: { ...adapter, spec }, class: found.metadata.name, given };
}

function lackedBy(own: object, defaults: object, path: string): string[] {
  const said = new Map(Object.entries(own));
  return Object.entries(defaults).flatMap(([name, value]) =>
    value !== undefined && said.get(name) === undefined ? [`${path}.${name}`] : [],
  );
}

/** What is undefined counts as left out. */
const filled = <S extends object>(own: S, defaults: Partial<S>): S => ({
  ...own,
  ...Object.fromEntries(Object.entries(defaults).filter(([name]) => own[name as keyof S] === undefined)),
});
