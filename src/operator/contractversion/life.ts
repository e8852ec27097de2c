import { DAY_MS } from "../../base/days.ts";
import { type ContractUse, MAX_USES, type Phase } from "../../api/contractversion-status.ts";
import type { ContractVersion } from "../../api/contractversion.ts";
import { daysLeft, millisOf, nextInstant, phaseAt } from "../../policy/lifecycle/phase.ts";
import type { Reading } from "../../telemetry/instruments.ts";
import type { User } from "../../policy/uses.ts";

/** What a ContractVersion's status says of its life. */
export interface Life {
  phase: Phase;
  useCount: number;
  daysLeft?: number;
  uses: ContractUse[];
}

/**
 * The life of `version` at `now`. Who stood in `before` keeps its time; who is new is there since its creation, where
 * its spec never changed, otherwise since now. Of more than can be told those of the longest use are.
 */
export function lifeOf(
  { spec }: ContractVersion,
  users: readonly User[],
  before: readonly ContractUse[],
  now: number,
): Life {
  const since = new Map(before.map((use) => [use.uid, use.since]));
  const uses = users.flatMap((user) => useOf(user, since, now)).toSorted(byLength);
  const days = daysLeft(spec.lifecycle, now);
  return {
    phase: phaseAt(spec.lifecycle, now),
    useCount: users.length,
    ...(days !== undefined && { daysLeft: days }),
    uses: uses.slice(0, MAX_USES),
  };
}

/** Clocks are set right: what is due far ahead is looked at now and then. */
const AT_LATEST_MS = 600_000;

/** After how many milliseconds the life has to be looked at again; undefined: it stays as it is. */
export function nextLook({ spec: { lifecycle } }: ContractVersion, now: number): number | undefined {
  const next = nextInstant(lifecycle, now);
  if (next === undefined) return undefined;
  const left = millisOf(lifecycle?.sunsetOn) - now;
  const untilNextDay = left % DAY_MS;
  return Math.min(next - now, AT_LATEST_MS, untilNextDay > 0 ? untilNextDay : AT_LATEST_MS);
}

function useOf({ kind, metadata }: User, since: ReadonlyMap<string, string>, now: number): ContractUse[] {
  const { uid, name, namespace = "default", generation, creationTimestamp } = metadata;
  if (typeof uid !== "string") return [];
  const unchanged = generation === 1 && typeof creationTimestamp === "string" ? creationTimestamp : undefined;
  // What is seen is there by now, whatever the API server's clock says.
  const found = Math.min(millisOf(unchanged), now);
  return [{ kind, namespace, name, uid, since: since.get(uid) ?? seconds(found) }];
}

/** RFC 3339, to the second. */
export const seconds = (now: number): string => `${new Date(now).toISOString().slice(0, 19)}Z`;

/** Longest use first. */
const byLength = (a: ContractUse, b: ContractUse): number =>
  Date.parse(a.since) - Date.parse(b.since) || (a.uid < b.uid ? -1 : 1);

/** Seconds until the sunset of each version that has one announced; negative after it. */
export const windowsOf = (
  versions: readonly ContractVersion[],
  now: number,
): Reading<"contract" | "version" | "phase">[] =>
  versions.flatMap(({ spec: { contract, version, lifecycle } }) => {
    const left = millisOf(lifecycle?.sunsetOn) - now;
    const labels = { contract, version, phase: phaseAt(lifecycle, now) };
    return Number.isFinite(left) ? [{ labels, value: left / 1000 }] : [];
  });
