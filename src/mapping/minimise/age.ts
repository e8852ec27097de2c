import type { Members } from "./members.ts";

/** From here on all ages are one. */
const OLD = 90;
const UCUM = "http://unitsofmeasure.org";
const DAYS_A_YEAR = 365.25;

/** Years in one of each unit of time: by its code in UCUM (https://ucum.org) and as people call it. */
const YEARS = new Map<unknown, number>([
  ...names(1, "a", "year", "years"),
  ...names(1 / 12, "mo", "month", "months"),
  ...names(7 / DAYS_A_YEAR, "wk", "week", "weeks"),
  ...names(1 / DAYS_A_YEAR, "d", "day", "days"),
  ...names(1 / (24 * DAYS_A_YEAR), "h", "hour", "hours"),
  ...names(1 / (1440 * DAYS_A_YEAR), "min", "minute", "minutes"),
]);

function names(years: number, ...units: string[]): [string, number][] {
  return units.map((unit) => [unit, years]);
}

/** Whether it is a number with a unit, as FHIR's Age. */
export const isAmount = (value: Members): boolean => typeof value["value"] === "number";

/** An age below 90 as it is, one category for all others: of a number of years, or FHIR's Age. Undefined for what is none. */
export function ageTo90(value: unknown): unknown {
  if (typeof value === "number") return aged(value, value, OLD);
  if (typeof value === "string") return /^[0-9]{1,3}$/.test(value) ? aged(value, Number(value), `${OLD}`) : undefined;
  return typeof value === "object" && value !== null ? amountTo90(value as Members) : undefined;
}

/** Only with what belongs to an amount of time: a unit is free text otherwise. */
function amountTo90({ value, comparator, unit, system, code }: Members): Members | undefined {
  const inYears = YEARS.get(code ?? unit);
  if (typeof value !== "number" || inYears === undefined) return undefined;
  const years = value * inYears;
  const isAtLeast = comparator === ">" || comparator === ">=";
  if (comparator !== undefined && !(isAtLeast && years >= OLD)) return undefined;
  const said = {
    value,
    ...(YEARS.has(unit) && { unit }),
    ...(system === UCUM && { system }),
    ...(YEARS.has(code) && { code }),
  };
  return aged<Members>(said, years, { value: OLD, comparator: ">=", unit: "years", system: UCUM, code: "a" });
}

function aged<T>(value: T, years: number, old: T): T | undefined {
  if (!(years >= 0)) return undefined;
  return years < OLD ? value : old;
}
