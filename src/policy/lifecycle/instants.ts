import type { ContractVersionSpec, Lifecycle } from "../../api/contractversion.ts";
import type { Finding, Rule } from "../rule.ts";
import { INSTANTS, millisOf, phaseAt } from "./phase.ts";

/**
 * What was reached can't be undone, and consumers plan by the sunset that they were told: instants of the past stay,
 * the sunset moves only later and becomes no harder, nothing published becomes a Draft again.
 */
export const INSTANT_MOVED: Rule = {
  id: "lifecycle/instant-moved",
  judges: "Transition",
  check({ old, new: resource, now }) {
    if (old?.kind !== "ContractVersion" || resource?.kind !== "ContractVersion") return [];
    const before = old.spec.lifecycle;
    const after = resource.spec.lifecycle;
    return [
      ...reachedAndMoved(before, after, now),
      ...draftAgain(before, after, now),
      ...datedBack(before, after, now),
      ...sunsetEarlier(before, after, now),
      ...blocksAfterAll(old.spec, resource.spec, now),
    ];
  },
};

const path = (instant: keyof Lifecycle): string => `spec.lifecycle.${instant}`;
const deny = (instant: keyof Lifecycle, message: string): Finding => ({
  severity: "Deny",
  path: path(instant),
  message,
});

function reachedAndMoved(before: Lifecycle | undefined, after: Lifecycle | undefined, now: number): Finding[] {
  return INSTANTS.flatMap((instant) => {
    const was = millisOf(before?.[instant]);
    if (was > now || was === millisOf(after?.[instant])) return [];
    return [deny(instant, `${instant} was reached and stays: write ${before?.[instant]} again`)];
  });
}

function draftAgain(before: Lifecycle | undefined, after: Lifecycle | undefined, now: number): Finding[] {
  if (before?.publishedOn !== undefined || phaseAt(before, now) === "Draft") return [];
  if (phaseAt(after, now) !== "Draft") return [];
  return [deny("publishedOn", "it is published already and can't become a Draft again: write an instant up to now")];
}

/** Uses count as existing by when the deprecation began: dated back, it would cut off those that came since. */
function datedBack(before: Lifecycle | undefined, after: Lifecycle | undefined, now: number): Finding[] {
  if (millisOf(before?.deprecatedOn) <= now || millisOf(after?.deprecatedOn) >= now) return [];
  const message =
    "a deprecation can't be dated back, as who began to use it since could not know: write an instant ahead of " +
    `${new Date(now).toISOString().slice(0, 19)}Z, which it is by the clock that counts`;
  return [deny("deprecatedOn", message)];
}

/** Called off it could be announced anew, and earlier: once the deprecation has begun it stays announced. */
function sunsetEarlier(before: Lifecycle | undefined, after: Lifecycle | undefined, now: number): Finding[] {
  if (before?.sunsetOn === undefined) return [];
  const isCalledOff = after?.sunsetOn === undefined && millisOf(before.deprecatedOn) <= now;
  if (!isCalledOff && millisOf(after?.sunsetOn) >= millisOf(before.sunsetOn)) return [];
  const message = `the sunset was announced for ${before.sunsetOn} and moves only later: who uses it plans by that`;
  return [deny("sunsetOn", message)];
}

/** They were told of a sunset after which they go on: to block them there is to end them earlier. */
function blocksAfterAll(before: ContractVersionSpec, after: ContractVersionSpec, now: number): Finding[] {
  const { sunsetOn, deprecatedOn } = before.lifecycle ?? {};
  const isTold = sunsetOn !== undefined && millisOf(deprecatedOn) <= now;
  if (!isTold || before.afterSunset === "Block" || after.afterSunset !== "Block") return [];
  const message =
    "its sunset was announced as one after which users go on: leave it at Warn, and write in retiredOn when they no longer may";
  return [{ severity: "Deny", path: "spec.afterSunset", message }];
}
