import semver from "semver";
import type { Phase } from "../api/contractversion-status.ts";
import type { ContractVersion, Lifecycle } from "../api/contractversion.ts";
import type { Resources } from "../compile/resources.ts";
import { nameOf, usersOf } from "../policy/inuse.ts";
import { daysLeft, millisOf, phaseAt } from "../policy/lifecycle/phase.ts";

/** When a version of a contract ends, and whom that concerns. Instants as they were written. */
export interface CalendarEntry extends Lifecycle {
  contract: string;
  version: string;
  domain: string;
  owner: string;
  phase: Phase;
  /** Days until its sunset, where one is announced. */
  daysLeft?: number;
  replacedBy?: string;
  /** e.g. `Adapter clinic/ehr`. */
  uses: string[];
}

/** Every version of `resources` as it is at `now`: by their sunsets, the nearest first, then by contract and version. */
export function calendarOf(resources: Resources, now: number): CalendarEntry[] {
  return resources.contractVersions.map((version) => entryOf(version, resources, now)).toSorted(bySunset);
}

function entryOf(version: ContractVersion, resources: Resources, now: number): CalendarEntry {
  const { contract, version: number, domain, owner, lifecycle, replacedBy } = version.spec;
  const days = daysLeft(lifecycle, now);
  return {
    contract,
    version: number,
    domain,
    owner,
    phase: phaseAt(lifecycle, now),
    ...lifecycle,
    ...(days !== undefined && { daysLeft: days }),
    ...(replacedBy !== undefined && { replacedBy }),
    uses: usersOf(version, resources, now).map(nameOf),
  };
}

function bySunset(a: CalendarEntry, b: CalendarEntry): number {
  const [first, second] = [millisOf(a.sunsetOn), millisOf(b.sunsetOn)];
  if (first !== second) return first - second;
  return a.contract === b.contract ? semver.compare(a.version, b.version) : a.contract < b.contract ? -1 : 1;
}
