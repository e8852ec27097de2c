import semver from "semver";
import type { ContractVersion } from "../../api/contractversion.ts";
import { versionsOf } from "../../compile/find.ts";

/** Two releases of one contract and major with none between them. */
export interface Neighbours {
  lower: ContractVersion;
  higher: ContractVersion;
}

/** `version` with the release before it and with the one after it, as far as `others` has them; none for a pre-release. */
export function neighboursOf(version: ContractVersion, others: readonly ContractVersion[]): Neighbours[] {
  const [before, after] = around(version, others);
  return [
    ...(before === undefined ? [] : [{ lower: before, higher: version }]),
    ...(after === undefined ? [] : [{ lower: version, higher: after }]),
  ];
}

/** Those that are each other's neighbours once `version` is gone. */
export function closingUp(version: ContractVersion, others: readonly ContractVersion[]): Neighbours | undefined {
  const [lower, higher] = around(version, others);
  return lower === undefined || higher === undefined ? undefined : { lower, higher };
}

function around(
  { spec }: ContractVersion,
  others: readonly ContractVersion[],
): [before: ContractVersion | undefined, after: ContractVersion | undefined] {
  if (isPrerelease(spec.version)) return [undefined, undefined];
  const major = semver.major(spec.version);
  const releases = versionsOf(spec.contract, others)
    .filter((other) => semver.major(other.spec.version) === major)
    .filter((other) => !isPrerelease(other.spec.version))
    .sort((a, b) => semver.compare(a.spec.version, b.spec.version));
  return [
    releases.findLast((other) => semver.lt(other.spec.version, spec.version)),
    releases.find((other) => semver.gt(other.spec.version, spec.version)),
  ];
}

const isPrerelease = (version: string): boolean => semver.prerelease(version) !== null;
