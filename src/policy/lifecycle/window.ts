import { DAY_MS } from "../../base/days.ts";
import type { ContractVersion } from "../../api/contractversion.ts";
import type { DataDomain } from "../../api/datadomain.ts";
import type { Rule } from "../rule.ts";
import { millisOf } from "./phase.ts";

/**
 * How far clocks may be apart, and how long it takes to write what a refusal asks for: counted from an instant that goes on,
 * it would be too early again each time.
 */
const CLOCKS_MS = 600_000;

/** Who uses a version has the time that its domain promises, from when they are told until its sunset. */
export const WINDOW_TOO_SHORT: Rule = {
  id: "lifecycle/window-too-short",
  judges: "Transition",
  check({ old, new: resource, now }, { dataDomains }) {
    if (resource?.kind !== "ContractVersion") return [];
    const before = old?.kind === "ContractVersion" ? old : undefined;
    const announced = announcedAt(before, resource, now);
    const sunset = millisOf(resource.spec.lifecycle?.sunsetOn);
    const strictest = strictestOf(dataDomains, [before?.spec.domain, resource.spec.domain]);
    if (announced === undefined || strictest === undefined) return [];
    const windowMs = strictest.days * DAY_MS;
    const earliest = announced + windowMs;
    const told = Math.max(now - CLOCKS_MS, millisOf(resource.spec.lifecycle?.deprecatedOn));
    if (sunset >= Math.min(earliest, told + windowMs)) return [];
    const message =
      `users have at least ${strictest.days} days from when a sunset is announced, as DataDomain ${strictest.name} says: ` +
      `write ${secondsUp(earliest)} or later, or ask its owner (${strictest.owner})`;
    return [{ severity: "Deny", path: "spec.lifecycle.sunsetOn", message }];
  },
};

/**
 * From when on users count the days of the window that this change announces: from now, but not before the deprecation.
 * Undefined where it announces none: without a sunset, of a window that becomes no shorter, and of a new version that is
 * deprecated already, which nobody may begin to use.
 */
function announcedAt(before: ContractVersion | undefined, after: ContractVersion, now: number): number | undefined {
  const sunset = millisOf(after.spec.lifecycle?.sunsetOn);
  const deprecated = millisOf(after.spec.lifecycle?.deprecatedOn);
  if (!Number.isFinite(sunset)) return undefined;
  if (before === undefined) return deprecated > now ? deprecated : undefined;
  const { sunsetOn, deprecatedOn } = before.spec.lifecycle ?? {};
  const isAsLong = sunset >= millisOf(sunsetOn) && deprecated <= millisOf(deprecatedOn);
  return isAsLong ? undefined : Math.max(now, deprecated);
}

/** Moving a version to another domain shortens nothing. */
function strictestOf(domains: readonly DataDomain[], names: readonly (string | undefined)[]) {
  const limits = domains
    .filter(({ metadata }) => names.includes(metadata.name))
    .map(({ metadata, spec }) => ({ name: metadata.name, owner: spec.owner, days: spec.minDeprecationDays ?? 0 }));
  return limits.toSorted((a, b) => b.days - a.days)[0];
}

/** RFC 3339, the first whole second from then on. */
const secondsUp = (millis: number): string =>
  new Date(Math.ceil(millis / 1000) * 1000).toISOString().replace(".000", "");
