import { daysUntil } from "../../base/days.ts";
import type { Phase } from "../../api/contractversion-status.ts";
import type { Lifecycle } from "../../api/contractversion.ts";

/** What begins with each instant, in the order in which they come. */
const BEGINS = [
  ["publishedOn", "Active"],
  ["deprecatedOn", "Deprecated"],
  ["sunsetOn", "Sunset"],
  ["retiredOn", "Retired"],
] as const satisfies [keyof Lifecycle, Phase][];

/** The instants of a life, in the order in which they come. */
export const INSTANTS = BEGINS.map(([instant]) => instant);

/**
 * The phase of a ContractVersion at `now` (milliseconds since the epoch): the one that began last, the instant itself
 * included. Without any `lifecycle` it is Active. Wherever a phase or an expiry matters, this decides.
 */
export function phaseAt(lifecycle: Lifecycle | undefined, now: number): Phase {
  if (lifecycle === undefined) return "Active";
  return BEGINS.findLast(([instant]) => millisOf(lifecycle[instant]) <= now)?.[1] ?? "Draft";
}

/** When the phase changes next after `now`, in milliseconds since the epoch; undefined: never by itself. */
export function nextInstant(lifecycle: Lifecycle | undefined, now: number): number | undefined {
  const ahead = INSTANTS.map((instant) => millisOf(lifecycle?.[instant])).filter((at) => at > now && at < NEVER);
  return ahead.length === 0 ? undefined : Math.min(...ahead);
}

/** Days before a sunset at which users are told. */
export const DEADLINE_DAYS = [1, 7, 30, 90] as const;

/** Days until the sunset, a begun one counted as whole; 0 from then on, undefined where none is announced. */
export function daysLeft({ sunsetOn }: Lifecycle = {}, now: number): number | undefined {
  return sunsetOn === undefined ? undefined : daysUntil(millisOf(sunsetOn), now);
}

const NEVER = Number.POSITIVE_INFINITY;

/** Milliseconds since the epoch; what has no instant never comes. */
export const millisOf = (instant: string | undefined): number => (instant === undefined ? NEVER : Date.parse(instant));
