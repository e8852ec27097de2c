import { listed } from "../base/listed.ts";
import type { ContractVersion, ContractVersionSpec } from "../api/contractversion.ts";
import type { Resources } from "../compile/resources.ts";
import type { Rule } from "./rule.ts";
import { type Used, type User, usedBy } from "./uses.ts";

const SHOWN = 3;

/** Deleting is never denied, but whoever deletes a version that others build on is told who they are. */
export const IN_USE: Rule = {
  id: "contracts/in-use",
  judges: "Transition",
  check({ operation, old, now }, others) {
    if (operation !== "DELETE" || old?.kind !== "ContractVersion") return [];
    const users = usersOf(old, others, now);
    if (users.length === 0) return [];
    const message = `${old.metadata.name} is in use by ${listOf(users)}: give them another version first`;
    return [{ severity: "Warn", path: "", message }];
  },
};

/** `Adapter clinic/ehr, Adapter clinic/lab, Integration clinic/a and 1 more`. */
export const listOf = (users: readonly (User | ContractVersion)[]): string => listed(users.map(nameOf), SHOWN);

/**
 * Who needs this very version: whoever names it, and subscriptions whose range no other version of `others` satisfies that
 * is Active at `now` (milliseconds since the epoch).
 */
export function usersOf({ spec }: { spec: ContractVersionSpec }, others: Resources, now: number): User[] {
  const { contract, version } = spec;
  const rest = others.contractVersions.filter((other) => other.spec.version !== version);
  const versions = [...rest, { spec }].filter((each) => each.spec.contract === contract);
  const isUsed = (used: Used<{ spec: ContractVersionSpec }>) => used.version.spec === spec;
  return [...others.adapters, ...others.integrations].filter((user) => usedBy(user, versions, now).some(isUsed));
}

/** e.g. `Adapter clinic/ehr`, `ContractVersion visit-v1.0.0`. */
export const nameOf = ({ kind, metadata: { namespace = "default", name } }: User | ContractVersion): string =>
  kind === "ContractVersion" ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
