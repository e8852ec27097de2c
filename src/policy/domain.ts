import semver from "semver";
import { versionsOf } from "../compile/find.ts";
import { earliest } from "../compile/order.ts";
import { alone } from "./contention.ts";
import type { Rule } from "./rule.ts";

/**
 * A subscription to `^1.0.0` reads one hub stream, that of one domain. Versions that another domain carries would be
 * published to a stream that it never reads, and nobody would notice.
 */
export const DOMAIN_DIFFERS: Rule = {
  id: "contracts/domain-differs",
  judges: "State",
  contendsFor: (resource) =>
    resource.kind === "ContractVersion"
      ? [alone(`${resource.spec.contract} ${semver.major(resource.spec.version)}`)]
      : [],
  check({ new: resource }, others) {
    if (resource?.kind !== "ContractVersion") return [];
    const { contract, version, domain } = resource.spec;
    const major = semver.major(version);
    const siblings = versionsOf(contract, others.contractVersions).filter(
      ({ spec }) => semver.major(spec.version) === major && spec.domain !== domain,
    );
    const sibling = earliest(siblings);
    if (sibling === undefined) return [];
    const message =
      `${sibling.metadata.name} belongs to the domain ${sibling.spec.domain}, and versions ${major}.x of one contract ` +
      `are read from one domain's stream: write ${sibling.spec.domain}, or publish ${major + 1}.0.0 in ${domain}`;
    return [{ severity: "Deny", path: "spec.domain", message }];
  },
};
