import type { Finding, Rule } from "../rule.ts";

/** Two domains that both say who may act as a system contradict each other, or will. */
export const DOMAINS_OVERLAP: Rule = {
  id: "ownership/domains-overlap",
  judges: "State",
  isMutual: true,
  check({ new: resource }, { dataDomains }) {
    if (resource?.kind !== "DataDomain") return [];
    return (resource.spec.systems ?? []).flatMap(({ system }, i): Finding[] => {
      const other = dataDomains.find(({ spec }) => spec.systems?.some((each) => each.system === system));
      if (other === undefined) return [];
      const message =
        `the system ${system} belongs to DataDomain ${other.metadata.name} already (${other.spec.owner}), and not to ` +
        `${resource.metadata.name} as well: take it out of one of them`;
      return [{ severity: "Deny", path: `spec.systems[${i}].system`, message }];
    });
  },
};
