import { daysText } from "../../base/days.ts";
import type { Phase } from "../../api/contractversion-status.ts";
import type { ContractVersion, ContractVersionSpec } from "../../api/contractversion.ts";
import { contractVersionName } from "../../api/contractversionname.ts";
import type { PolicyException } from "../../api/policyexception.ts";
import { extendedUntil } from "../../compile/extensions.ts";
import type { Change, Rule, World } from "../rule.ts";
import { type Used, type User, usedBy } from "../uses.ts";
import { type Passage, passageAt } from "./passage.ts";
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
      .map(({ path, version, passage, phase }) => ({
        severity: "Warn",
        path,
        message: passage === "Held" ? heldText(version.spec, phase) : noticeOf(version.spec, phase, change.now),
      })),
};

interface Use extends Used<ContractVersion> {
  phase: Phase;
  passage: Passage;
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
    return [{ ...used, phase, passage: passageOf(used.version, user, others.policyExceptions, now), isNew }];
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

function refusalOf({ metadata, spec }: ContractVersion, phase: Phase): string {
  if (phase !== "Draft")
    return `${metadata.name} is deprecated since ${spec.lifecycle?.deprecatedOn}, and nobody may begin to use it: ${wayOut(spec)}`;
  const published = spec.lifecycle?.publishedOn;
  const until = published === undefined ? "it is published" : published;
  return `${metadata.name} is a Draft of ${spec.owner} and may still change: wait until ${until}, or ask its owner`;
}

/** What becomes of the messages of `user` in that version at `now`. */
export const passageOf = (
  { spec }: ContractVersion,
  { kind, metadata: { namespace = "default", name } }: User,
  exceptions: readonly PolicyException[],
  now: number,
): Passage => passageAt(spec, now, extendedUntil(exceptions, spec, { kind, namespace, name }));

/** Whether a version of this phase is on its way out. */
export const isEnding = (phase: Phase): boolean => phase !== "Draft" && phase !== "Active";

/** That a version is on its way out, until when and what to do: without `now` the same however many days are left. */
export const noticeOf = (spec: ContractVersionSpec, phase: Phase, now?: number): string =>
  `${endingOf(spec, phase, now)}: ${wayOut(spec)}`;

/** That messages wait because of its end, and what lets them go on. */
export const heldText = (spec: ContractVersionSpec, phase: Phase): string =>
  `${endingOf(spec, phase)}, and its messages wait, in order: ${wayOut(spec)}, or have a PolicyException from ${EXISTING_USE.id} approved`;

/** The same where it is not asked who uses it, and what is excepted. */
export const unlessExtended = (spec: ContractVersionSpec, phase: Phase): string =>
  `${endingOf(spec, phase)}, and its messages wait, in order, unless a PolicyException from ${EXISTING_USE.id} extends the window: ${wayOut(spec)}`;

function endingOf(spec: ContractVersionSpec, phase: Phase, now?: number): string {
  const { deprecatedOn, sunsetOn, retiredOn } = spec.lifecycle ?? {};
  const name = contractVersionName(spec);
  if (phase === "Retired") return `${name} is retired since ${retiredOn}`;
  if (phase === "Sunset") return `${name} has had its sunset on ${sunsetOn}`;
  const days = now === undefined ? undefined : daysLeft(spec.lifecycle, now);
  const left = days === undefined ? "until" : `with ${daysText(days)} left until`;
  const until = sunsetOn === undefined ? "" : `, ${left} its sunset on ${sunsetOn}`;
  return `${name} is deprecated since ${deprecatedOn}${until}`;
}

/** What to do instead. */
const wayOut = (spec: ContractVersionSpec): string =>
  spec.replacedBy === undefined
    ? `ask ${spec.owner}, who owns it, what to use instead`
    : `use ${spec.contract} ${spec.replacedBy} (owner: ${spec.owner})`;
