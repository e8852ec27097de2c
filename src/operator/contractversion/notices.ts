import { daysText } from "../../base/days.ts";
import type { Phase } from "../../api/contractversion-status.ts";
import type { ContractVersion } from "../../api/contractversion.ts";
import { passageAt } from "../../policy/lifecycle/passage.ts";
import { DEADLINE_DAYS, daysLeft, phaseAt } from "../../policy/lifecycle/phase.ts";
import { isEnding, noticeOf, unlessExtended } from "../../policy/lifecycle/use.ts";
import type { Used } from "../../policy/uses.ts";
import type { Happening } from "../kube/events.ts";
import { type Verdict, inOneLine, yes } from "../status/conditions.ts";
import type { Life } from "./life.ts";

/** What is to be said of the deprecated ones among the versions that a resource uses; undefined: there are none. */
export function usesDeprecated(used: readonly Used<ContractVersion>[], now: number): Verdict | undefined {
  const lines = used.flatMap(({ version, path }) => {
    const phase = phaseAt(version.spec.lifecycle, now);
    return isEnding(phase) ? [`${path}: ${noticeAt(version, phase, now)}`] : [];
  });
  return lines.length === 0 ? undefined : yes("ContractDeprecated", inOneLine(lines));
}

const noticeAt = ({ spec }: ContractVersion, phase: Phase, now: number): string =>
  passageAt(spec, now) === "Held" ? unlessExtended(spec, phase) : noticeOf(spec, phase);

/** Days left at which users are told, and once when the deprecation begins. */
const STEPS = [0, ...DEADLINE_DAYS, Number.POSITIVE_INFINITY];

/** What every user of `version` is told at `now`, for who was last told at `before`; undefined: nothing new. */
export function noticeDue(version: ContractVersion, before: Partial<Life>, now: number): Happening | undefined {
  const phase = phaseAt(version.spec.lifecycle, now);
  const days = daysLeft(version.spec.lifecycle, now);
  const step = stepOf({ phase, ...(days !== undefined && { daysLeft: days }) });
  const last = stepOf(before);
  if (!isEnding(phase) || step === undefined || (last !== undefined && step >= last)) return undefined;
  const left = days === undefined || days === 0 ? "" : `${daysText(days)} left: `;
  const note = `${left}${noticeAt(version, phase, now)}`;
  return { type: "Warning", reason: "ContractDeprecated", action: "Announce", note };
}

/** How far the window is used up; undefined before it begins. */
const stepOf = ({ phase, daysLeft: days = Number.POSITIVE_INFINITY }: Partial<Life>): number | undefined =>
  phase !== undefined && isEnding(phase) ? STEPS.find((step) => days <= step) : undefined;
