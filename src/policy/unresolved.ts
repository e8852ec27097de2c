import type { Adapter } from "../api/adapter.ts";
import type { ContractVersion } from "../api/contractversion.ts";
import { contractVersionName } from "../api/contractversionname.ts";
import type { Integration } from "../api/integration.ts";
import { resolveEmits } from "../compile/emits.ts";
import { versionNamed, versionsOf } from "../compile/find.ts";
import { Contracts, Report } from "../compile/lookup.ts";
import { resolveRoutes } from "../compile/routes.ts";
import { phaseAt } from "./lifecycle/phase.ts";
import type { Finding, Rule, World } from "./rule.ts";

/** What a resource refers to may be applied after it: GitOps applies in any order. So this warns and never denies. */
export const UNRESOLVED: Rule = {
  id: "references/unresolved",
  judges: "State",
  check({ new: resource, now }, others) {
    if (resource?.kind === "ContractVersion") return successor(resource, others, now);
    if (resource?.kind !== "Adapter" && resource?.kind !== "Integration") return [];
    const report = new Report();
    const named = [...new Set(contractsOf(resource))];
    const contracts = new Contracts(named.flatMap((contract) => versionsOf(contract, others.contractVersions)));
    resolve(resource, contracts, others, report);
    const unanswered = report.problems.map(({ path, reason }): Finding => ({
      severity: "Warn",
      path,
      message: `${reason}. Until that changes, this part has no effect`,
    }));
    return [...unanswered, ...unknownClass(resource, others)];
  },
};

const STILL_DRAFT = "is a Draft, which only its own owner may use";

/** Users are told to move to it: it has to be there, and to be one that they may use. */
function successor({ spec }: ContractVersion, others: World, now: number): Finding[] {
  const { contract, replacedBy } = spec;
  if (replacedBy === undefined) return [];
  const found = versionNamed({ contract, version: replacedBy }, others.contractVersions);
  const phase = found && phaseAt(found.spec.lifecycle, now);
  if (phase === "Active") return [];
  const why = phase === undefined ? "does not exist" : phase === "Draft" ? STILL_DRAFT : `is ${phase} itself`;
  const message = `ContractVersion ${contractVersionName({ contract, version: replacedBy })} ${why}. Until that changes, users are told to move to it in vain`;
  return [{ severity: "Warn", path: "spec.replacedBy", message }];
}

function unknownClass(resource: Adapter | Integration, { adapterClasses }: World): Finding[] {
  const name = resource.kind === "Adapter" ? resource.spec.class : undefined;
  if (name === undefined || adapterClasses.some(({ metadata }) => metadata.name === name)) return [];
  const message = `AdapterClass ${name} does not exist. Until it does, the default class holds, if there is one`;
  return [{ severity: "Warn", path: "spec.class", message }];
}

function resolve(resource: Adapter | Integration, contracts: Contracts, others: World, report: Report): void {
  if (resource.kind === "Adapter") resolveEmits(resource, contracts, report);
  else resolveRoutes({ adapters: others.adapters, integrations: [resource] }, contracts, report);
}

function contractsOf(resource: Adapter | Integration): string[] {
  if (resource.kind === "Adapter") return (resource.spec.emits ?? []).map(({ contract }) => contract);
  const { event } = resource.spec;
  if (event === undefined) return [];
  return [event.from.contract, ...event.to.flatMap(({ reply }) => (reply === undefined ? [] : [reply.contract]))];
}
