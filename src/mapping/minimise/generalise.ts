import type { Generalisation } from "../../api/contractversion.ts";
import { ageTo90 } from "./age.ts";
import { readDate } from "./dates.ts";
import { zip3 } from "./zip.ts";

export { isAmount } from "./age.ts";

/**
 * What `to` makes of a value, after the Safe Harbor method (45 CFR 164.514(b)(2)(i)(B), (C)); undefined where the value
 * has not the form for it. `at` is when it is looked at, milliseconds since the epoch.
 */
export function generalised(value: unknown, to: Generalisation, at: number): unknown {
  if (to === "AgeTo90") return ageTo90(value);
  if (typeof value !== "string") return undefined;
  if (to === "Zip3") return zip3(value);
  const date = readDate(value);
  if (date === undefined) return undefined;
  if (to === "Month") return date.month;
  return to === "BirthYear" && isOld(date.year, at) ? undefined : date.year;
}

/** A year tells that somebody is over 89 as soon as they may be. */
const isOld = (year: string, at: number): boolean => new Date(at).getUTCFullYear() - Number(year) > 89;
