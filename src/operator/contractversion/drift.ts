import { listed } from "../../base/listed.ts";
import { DAY_MS } from "../../base/days.ts";
import { MAX_DRIFT, MAX_DRIFT_ADAPTERS, type SeenDrift } from "../../api/contractversion-status.ts";
import type { ContractVersion } from "../../api/contractversion.ts";
import { adapterRef } from "../../compile/names.ts";
import type { User } from "../../policy/uses.ts";
import type { ToldDrift } from "../counts/driftboard.ts";
import type { Happening } from "../kube/events.ts";
import { seconds } from "./life.ts";

/** What a ContractVersion's status says of its drift. */
export interface DriftStatus {
  driftCount: number;
  drift: SeenDrift[];
}

/** Positions at which messages have what a version does not know: all of them, and what status says of them. */
interface VersionDrift {
  seen: SeenDrift[];
  status: Partial<DriftStatus>;
}

/** Of what is told those count that use the version. Most frequent first; a clock that is ahead says that it is now. */
export function driftOf(told: readonly ToldDrift[], users: readonly User[], now: number): VersionDrift {
  const using = new Set(users.filter(({ kind }) => kind === "Adapter").map(nameOf));
  const groups = Map.groupBy(
    told.filter(({ adapter }) => using.has(adapter)),
    driftKey,
  );
  const seen = [...groups.values()].map((group) => together(group, now)).toSorted(byCount);
  return { seen, status: seen.length === 0 ? {} : { driftCount: seen.length, drift: seen.slice(0, MAX_DRIFT) } };
}

/** Tells positions of a version apart. */
export const driftKey = ({ kind, position }: Pick<SeenDrift, "kind" | "position">): string => `${kind} ${position}`;

/** What was seen first longer ago was told before: this process began later, and status has no room for it. */
const NEWS_FOR_MS = DAY_MS;
/** Named in one event. */
const MAX_NAMED = 8;

/** What people are told of positions that neither stood in status `before` nor were `told`. Of all of them at once. */
export function driftNews(
  { spec: { contract, version } }: ContractVersion,
  seen: readonly SeenDrift[],
  { before, told }: { before: readonly SeenDrift[]; told: ReadonlySet<string> },
  now: number,
): Happening | undefined {
  const known = new Set([...before.map(driftKey), ...told]);
  const news = seen.filter((each) => !known.has(driftKey(each)) && now - Date.parse(each.firstSeen) < NEWS_FOR_MS);
  if (news.length === 0) return undefined;
  const named = news.map((each) => `${driftKey(each)} (${sawIt(each)})`);
  const note = `messages have what ${contract} ${version} does not know, see status.drift: ${listed(named, MAX_NAMED)}`;
  return { type: "Warning", reason: "Drift", action: "Observe", note };
}

const sawIt = ({ adapters: [first, ...others] }: SeenDrift): string =>
  others.length === 0 ? `${first}` : `${first} and others`;

function together(group: readonly ToldDrift[], now: number): SeenDrift {
  const [{ kind, position, message }] = group.toSorted((a, b) => b.lastSeen - a.lastSeen) as [ToldDrift];
  const at = (millis: number) => seconds(Math.min(millis, now));
  return {
    kind,
    position,
    count: group.reduce((sum, { count }) => sum + count, 0),
    firstSeen: at(Math.min(...group.map(({ firstSeen }) => firstSeen))),
    lastSeen: at(Math.max(...group.map(({ lastSeen }) => lastSeen))),
    message,
    adapters: group
      .map(({ adapter }) => adapter)
      .toSorted()
      .slice(0, MAX_DRIFT_ADAPTERS),
  };
}

const byCount = (a: SeenDrift, b: SeenDrift): number => b.count - a.count || (driftKey(a) < driftKey(b) ? -1 : 1);

const nameOf = ({ metadata: { namespace = "default", name } }: User): string => adapterRef({ namespace, name });
