import semver from "semver";
import type { Adapter } from "../api/adapter.ts";
import type { ContractVersionSpec } from "../api/contractversion.ts";
import type { Integration } from "../api/integration.ts";
import type { Resources } from "../compile/resources.ts";
import type { Rule } from "./rule.ts";

const SHOWN = 3;

/** Deleting is never denied, but whoever deletes a version that others build on is told who they are. */
export const IN_USE: Rule = {
  id: "contracts/in-use",
  judges: "Transition",
  check({ operation, old }, others) {
    if (operation !== "DELETE" || old?.kind !== "ContractVersion") return [];
    const users = usersOf(old.spec, others);
    if (users.length === 0) return [];
    const message = `${old.metadata.name} is in use by ${listOf(users)}: give them another version first`;
    return [{ severity: "Warn", path: "", message }];
  },
};

/** `Adapter clinic/ehr, Adapter clinic/lab, Integration clinic/a and 1 more`. */
export function listOf(users: readonly string[]): string {
  const more = users.length > SHOWN ? ` and ${users.length - SHOWN} more` : "";
  return `${users.slice(0, SHOWN).join(", ")}${more}`;
}

/**
 * Who needs this very version, e.g. `Adapter clinic/ehr`: whoever names it, and subscriptions whose range no other
 * version of `others` satisfies.
 */
export function usersOf(version: ContractVersionSpec, others: Resources): string[] {
  const rest = others.contractVersions.map(({ spec }) => spec).filter((spec) => spec.version !== version.version);
  return [
    ...others.adapters.filter((adapter) => names(adapter, version)).map(nameOf),
    ...others.integrations.filter((integration) => needs(integration, version, rest)).map(nameOf),
  ];
}

const names = ({ spec }: Adapter, version: ContractVersionSpec): boolean =>
  [...(spec.emits ?? []), ...(spec.accepts ?? [])].some((named) => isSame(named, version));

function needs({ spec: { event } }: Integration, version: ContractVersionSpec, rest: ContractVersionSpec[]): boolean {
  if (event === undefined) return false;
  const { from, to } = event;
  const inRange = (spec: ContractVersionSpec) =>
    spec.contract === from.contract && semver.satisfies(spec.version, from.version);
  return (
    (inRange(version) && !rest.some(inRange)) ||
    to.some((target) => version.contract === from.contract && target.version === version.version) ||
    to.some(({ reply }) => reply !== undefined && isSame(reply, version))
  );
}

const isSame = (a: { contract: string; version: string }, b: { contract: string; version: string }): boolean =>
  a.contract === b.contract && a.version === b.version;

const nameOf = ({ kind, metadata }: Adapter | Integration): string =>
  `${kind} ${metadata.namespace ?? "default"}/${metadata.name}`;
