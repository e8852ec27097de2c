import { isDeepStrictEqual } from "node:util";
import { isOpen, nextOpening } from "../compile/changewindows.ts";
import type { Adapter } from "../api/adapter.ts";
import type { AdapterClass } from "../api/adapterclass.ts";
import type { DataDomain } from "../api/datadomain.ts";
import { withDefaults } from "../compile/defaults.ts";
import { usersOf } from "./inuse.ts";
import type { Finding, Resource, Rule, World } from "./rule.ts";

/** What is in use changes when somebody watches, not on a Friday evening. */
export const CLOSED: Rule = {
  id: "change-window/closed",
  judges: "Transition",
  check({ old, new: resource, now }, others) {
    if (resource === undefined || (old === undefined ? resource.kind !== "AdapterClass" : !isChanged(old, resource)))
      return [];
    return domainsOf({ old, resource, now }, others).flatMap((domain): Finding[] => {
      const windows = domain.spec.changeWindows ?? [];
      if (windows.length === 0 || isOpen(windows, now)) return [];
      return [{ severity: "Deny", path: "spec", message: refusal(domain, now) }];
    });
  },
};

function refusal({ metadata, spec }: DataDomain, now: number): string {
  const opening = nextOpening(spec.changeWindows ?? [], now);
  const next =
    opening === undefined
      ? "none of which ever opens"
      : `the next of which opens ${new Date(opening.at).toISOString().replace(/\.\d+/, "")} for ${opening.window.durationMinutes} minutes`;
  return (
    `what is in use in the domain ${metadata.name} is changed in its change windows, ${next}. In an emergency ask for a ` +
    `PolicyException from change-window/closed, or its owner (${spec.owner})`
  );
}

/** Scaling is no change of what is done: autoscalers know no windows. */
function isChanged(old: Resource, { spec }: Resource): boolean {
  const scaled = old.kind === "Adapter" && "replicas" in spec ? { ...old.spec, replicas: spec.replicas } : old.spec;
  return !isDeepStrictEqual(scaled, spec);
}

interface Updated {
  old: Resource | undefined;
  resource: Resource;
  now: number;
}

/** Domains in which a change from `old` to `resource` is felt. */
function domainsOf({ old, resource, now }: Updated, others: World): DataDomain[] {
  const told = resource.kind === "AdapterClass" ? givenOtherwise(old, resource, others) : [old ?? [], resource].flat();
  const names = new Set(told.flatMap((each) => namesOf(each, others, now)));
  const changed = resource.kind === "DataDomain" && old?.kind === "DataDomain" ? [old] : [];
  return [...changed, ...others.dataDomains].filter(({ metadata }) => names.has(metadata.name));
}

/** Adapters that have something else from their class than before: a class changes them without a word in their specs. */
function givenOtherwise(old: Resource | undefined, wanted: AdapterClass, others: World): Adapter[] {
  const before = [...others.adapterClasses, ...(old?.kind === "AdapterClass" ? [old] : [])];
  const after = [...others.adapterClasses, wanted];
  const specOf = (adapter: Adapter, classes: AdapterClass[]) => withDefaults(adapter, classes).adapter.spec;
  return others.adapters.filter((each) => !isDeepStrictEqual(specOf(each, before), specOf(each, after)));
}

function namesOf(resource: Resource, others: World, now: number): string[] {
  const of = (contracts: readonly string[]): string[] =>
    others.contractVersions.filter(({ spec }) => contracts.includes(spec.contract)).map(({ spec }) => spec.domain);
  switch (resource.kind) {
    case "DataDomain":
      return others.contractVersions.some(({ spec }) => spec.domain === resource.metadata.name)
        ? [resource.metadata.name]
        : [];
    case "ContractVersion":
      return usersOf(resource, others, now).length > 0 ? [resource.spec.domain] : [];
    case "Adapter": {
      const { system, emits = [], accepts = [] } = resource.spec;
      const owning = others.dataDomains.filter(({ spec }) => spec.systems?.some((each) => each.system === system));
      return [
        ...owning.map(({ metadata }) => metadata.name),
        ...of([...emits, ...accepts].map((each) => each.contract)),
      ];
    }
    case "Integration": {
      const { event } = resource.spec;
      const replies = (event?.to ?? []).flatMap(({ reply }) => (reply ? [reply.contract] : []));
      return of(event === undefined ? [] : [event.from.contract, ...replies]);
    }
    default:
      return [];
  }
}
