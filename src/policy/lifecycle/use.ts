import type { Phase } from "../../api/contractversion-status.ts";
import type { ContractVersion } from "../../api/contractversion.ts";
import type { Change, Rule, World } from "../rule.ts";
import { type Used, type User, usedBy } from "../uses.ts";
import { daysLeft, millisOf, phaseAt } from "./phase.ts";

/**
 * Nobody begins to use what is deprecated, or what may still change: of a Draft only those that belong to its own owner
 * do, so that it can be tried.
 */
export const NEW_USE: Rule = {
  id: "lifecycle/new-use",
  judges: "State",
  check: (change, others) =>
    usesIn(change, others)
      .filter(({ isNew }) => isNew)
      .map(({ path, version, phase }) => ({ severity: "Deny", path, message: refusalOf(version, phase) })),
};

/** Who uses a version since before its deprecation may go on, and is told for how long. */
export const EXISTING_USE: Rule = {
  id: "lifecycle/existing-use",
  judges: "State",
  check: (change, others) =>
    usesIn(change, others)
      .filter(({ phase, isNew }) => isEnding(phase) && !isNew)
      .map(({ path, version, phase }) => ({
        severity: "Warn",
        path,
        message: `${endingOf(version, phase, change.now)}: ${wayOut(version)}`,
      })),
};

interface Use extends Used<ContractVersion> {
  phase: Phase;
  isNew: boolean;
}

/** Uses of what is not Active. */
function usesIn(change: Change, others: World): Use[] {
  const { new: user, now } = change;
  if (user?.kind !== "Adapter" && user?.kind !== "Integration") return [];
  return usedBy(user, others.contractVersions, now).flatMap((used) => {
    const phase = phaseAt(used.version.spec.lifecycle, now);
    if (phase === "Active") return [];
    const isNew =
      phase === "Draft" ? user.spec.owner !== used.version.spec.owner : !isExisting(user, used, change, others);
    return [{ ...used, phase, isNew }];
  });
}

/**
 * Whether it uses the version since before the deprecation: by the account that the operator keeps, or because it is older
 * and was never changed. Without a cluster, where nobody keeps account, it counts as existing; so it does of a version that
 * the operator has not looked at yet, unless that one was deprecated before anybody could use it.
 *
 * A subscription to a range comes to need a version when others go, without anybody having begun anything: of a state, an
 * older one counts as existing even though it was changed once. What a change makes of it is judged when it is made.
 */
function isExisting(
  { metadata }: User,
  { version, byRange }: Used<ContractVersion>,
  { operation }: Change,
  { uses }: World,
): boolean {
  if (uses === undefined) return true;
  const known = uses.get(version.metadata.name);
  const deprecated = millisOf(version.spec.lifecycle?.deprecatedOn);
  if (known === undefined && createdAt(version) < deprecated) return true;
  const { uid, generation, creationTimestamp } = metadata;
  const standsSince = generation === 1 || (byRange && operation === "CREATE") ? creationTimestamp : undefined;
  const since = [known?.find((use) => use.uid === uid)?.since, standsSince].filter((each) => typeof each === "string");
  return Math.min(...since.map(millisOf)) < deprecated;
}

/** What is not created yet is not older than anything. */
function createdAt({ metadata: { creationTimestamp } }: ContractVersion): number {
  return millisOf(typeof creationTimestamp === "string" ? creationTimestamp : undefined);
}

function refusalOf(version: ContractVersion, phase: Phase): string {
  const { metadata, spec } = version;
  if (phase !== "Draft")
    return `${metadata.name} is deprecated since ${spec.lifecycle?.deprecatedOn}, and nobody may begin to use it: ${wayOut(version)}`;
  const published = spec.lifecycle?.publishedOn;
  const until = published === undefined ? "it is published" : published;
  return `${metadata.name} is a Draft of ${spec.owner} and may still change: wait until ${until}, or ask its owner`;
}

/** Whether a version of this phase is on its way out. */
export const isEnding = (phase: Phase): boolean => phase !== "Draft" && phase !== "Active";

/** That a version is on its way out, until when and what to do: the same however many days are left. */
export const noticeOf = (version: ContractVersion, phase: Phase): string =>
  `${endingOf(version, phase)}: ${wayOut(version)}`;

function endingOf({ metadata, spec }: ContractVersion, phase: Phase, now?: number): string {
  const { deprecatedOn, sunsetOn, retiredOn } = spec.lifecycle ?? {};
  if (phase === "Retired") return `${metadata.name} is retired since ${retiredOn}`;
  if (phase === "Sunset") return `${metadata.name} has had its sunset on ${sunsetOn}`;
  const days = now === undefined ? undefined : daysLeft(spec.lifecycle, now);
  const left = days === undefined ? "until" : `with ${days === 1 ? "1 day" : `${days} days`} left until`;
  const until = sunsetOn === undefined ? "" : `, ${left} its sunset on ${sunsetOn}`;
  return `${metadata.name} is deprecated since ${deprecatedOn}${until}`;
}

/** What to do instead. */
const wayOut = ({ spec }: ContractVersion): string =>
  spec.replacedBy === undefined
    ? `ask ${spec.owner}, who owns it, what to use instead`
    : `use ${spec.contract} ${spec.replacedBy} (owner: ${spec.owner})`;
