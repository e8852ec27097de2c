import type { DataDomain } from "../../api/datadomain.ts";
import { earliest } from "../../compile/order.ts";
import { type Contention, alone } from "../contention.ts";
import type { Finding, Rule } from "../rule.ts";

/** Two domains that both say who may act as a system, or who owns an entity, contradict each other, or will. */
export const DOMAINS_OVERLAP: Rule = {
  id: "ownership/domains-overlap",
  judges: "State",
  contendsFor: (resource) => (resource.kind === "DataDomain" ? claimsOf(resource) : []),
  check({ new: resource }, { dataDomains }) {
    if (resource?.kind !== "DataDomain") return [];
    const { systems = [], entities = [] } = resource.spec;
    return [
      ...systems.flatMap(({ system }, i) => {
        const other = earliest(dataDomains.filter(({ spec }) => spec.systems?.some((each) => each.system === system)));
        return other === undefined ? [] : [taken(`spec.systems[${i}].system`, `system ${system}`, other, resource)];
      }),
      ...entities.flatMap(({ entity }, i) => {
        const other = earliest(dataDomains.filter(({ spec }) => spec.entities?.some((each) => each.entity === entity)));
        return other === undefined ? [] : [taken(`spec.entities[${i}].entity`, `entity ${entity}`, other, resource)];
      }),
    ];
  },
};

/** What a domain claims for itself alone, e.g. `system ehr`. */
const claimsOf = ({ spec: { systems = [], entities = [] } }: DataDomain): Contention[] => [
  ...systems.map(({ system }) => alone(`system ${system}`)),
  ...entities.map(({ entity }) => alone(`entity ${entity}`)),
];

/** Of a state nobody knows who came second, so neither is blamed: both read the same. */
function taken(path: string, what: string, ...domains: DataDomain[]): Finding {
  const claiming = domains
    .map(({ metadata, spec }) => `${metadata.name} (${spec.owner})`)
    .toSorted()
    .join(" and ");
  return { severity: "Deny", path, message: `the DataDomains ${claiming} both claim the ${what}: take it out of one` };
}
