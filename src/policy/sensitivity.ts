import type { ContractVersion } from "../api/contractversion.ts";
import { type Level, isAbove } from "../api/meta.ts";
import { versionNamed } from "../compile/find.ts";
import { nameOf } from "./inuse.ts";
import type { Rule } from "./rule.ts";

/**
 * What becomes of a field that a receiver is not cleared for is decided by who owns the contract, in writing. Until then
 * the field is removed; that alone is no decision.
 */
export const NOT_MINIMISED: Rule = {
  id: "sensitivity/not-minimised",
  judges: "State",
  check({ new: resource }, others) {
    if (resource?.kind !== "Adapter") return [];
    const { clearance, accepts = [] } = resource.spec;
    return accepts.flatMap(({ contract, version }, i) => {
      const found = versionNamed({ contract, version }, others.contractVersions);
      const fields = found ? undeclaredAbove(clearance, found) : [];
      if (found === undefined || fields.length === 0) return [];
      const message =
        `${found.metadata.name} does not say what those get who are not cleared for ${listed(fields)}, and ` +
        `${nameOf(resource)} has the clearance ${clearance}: ask ${found.spec.owner}, who owns it, to write minimise in ` +
        "spec.sensitivity, or raise spec.clearance";
      return [{ severity: "Deny", path: `spec.accepts[${i}]`, message }];
    });
  },
};

const MAX_NAMED = 5;

/** `Patient.telecom (Restricted)` */
function undeclaredAbove(clearance: Level, { spec }: ContractVersion): string[] {
  return (spec.sensitivity ?? [])
    .filter(({ level, minimise }) => minimise === undefined && isAbove(level, clearance))
    .map(({ path, level }) => `${path} (${level})`);
}

function listed(fields: string[]): string {
  const more = fields.length - MAX_NAMED;
  const named = [...fields.slice(0, MAX_NAMED), ...(more > 0 ? [`${more} more`] : [])];
  return named.length === 1 ? named.join("") : `${named.slice(0, -1).join(", ")} and ${named.at(-1)}`;
}
