import type { Extension } from "../../../fhir/types.ts";
import { invalid } from "../conversion.ts";
import type { Composite } from "../reader.ts";
import { Zone } from "./zone.ts";

/** YYYY[MM[DD[HH[MM[SS[.S…]]]]]][±ZZZZ]: data types DT, TS and DTM (HL7 v2.9 chapter 2A, 2A.3.22). */
const DTM = /^(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(\.\d{1,9})?)?)?)?)?)?(?:([+-])(\d\d)(\d\d))?$/;

/**
 * A FHIR dateTime of the same precision. FHIR has no time without minutes, seconds and offset: missing minutes and
 * seconds become 00, a missing offset that of the declared zone at that time. Throws FasciaError `Hl7v2Invalid` for
 * what is no date: leaving out, say, a date of death that nobody can read would change what the message says.
 */
export function dateTime(value: Composite | undefined, timeZone: string, component = 1): string | undefined {
  return value && dateTimeOf(value.text(component), timeZone, value, component);
}

/** The same for a text that was read from `component`. */
export function dateTimeOf(
  text: string | undefined,
  timeZone: string,
  value: Composite,
  component: number,
): string | undefined {
  return text === undefined ? undefined : parse(text, timeZone, value, component).dateTime;
}

/** A FHIR date: the time of day, if any, is left out. */
export function date(value: Composite | undefined, timeZone: string): string | undefined {
  const text = value?.text(1);
  return value && text !== undefined ? parse(text, timeZone, value, 1).date : undefined;
}

/** A FHIR instant, or undefined where only the day is known. */
export function instant(value: Composite | undefined, timeZone: string): string | undefined {
  const text = value?.text(1);
  if (!value || text === undefined) return undefined;
  const { dateTime, date } = parse(text, timeZone, value, 1);
  return dateTime === date ? undefined : dateTime;
}

/** Birth date, and the extension that keeps the time of birth where one was sent. */
export function birth(value: Composite | undefined, timeZone: string): { date?: string; time?: Extension } {
  const text = value?.text(1);
  if (!value || text === undefined) return {};
  const { dateTime, date } = parse(text, timeZone, value, 1);
  if (dateTime === date) return { date };
  return {
    date,
    time: { url: "http://hl7.org/fhir/StructureDefinition/patient-birthTime", valueDateTime: dateTime },
  };
}

interface Parsed {
  dateTime: string;
  /** Equal to `dateTime` where no time of day was sent. */
  date: string;
}

function parse(text: string, timeZone: string, value: Composite, component: number): Parsed {
  const parsed = parseTime(text, timeZone);
  if (parsed) return parsed;
  const position = component === 1 ? value.path : `${value.path}.${component}`;
  throw invalid(position, "is no date or time; write YYYY[MM[DD[HH[MM[SS[.S]]]]]][+/-ZZZZ]");
}

function parseTime(text: string, timeZone: string): Parsed | undefined {
  const match = DTM.exec(text);
  if (!match) return undefined;
  const [, year = "", month, day, hour, minute = "00", second = "00", fraction = "", sign, zoneHour, zoneMinute] =
    match;
  if (!isDay(Number(year), month, day)) return undefined;
  const date = day !== undefined ? `${year}-${month}-${day}` : month !== undefined ? `${year}-${month}` : year;
  if (hour === undefined) return { dateTime: date, date };
  if (hour > "23" || minute > "59" || second > "59") return undefined;
  if (sign !== undefined && !isOffset(zoneHour ?? "", zoneMinute ?? "")) return undefined;
  const offset = sign !== undefined ? `${sign}${zoneHour}:${zoneMinute}` : zoneOffset(match, timeZone);
  return { dateTime: `${date}T${hour}:${minute}:${second}${fraction}${offset}`, date };
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether the calendar has it. A year alone, and a month alone, are days of unknown rest. */
function isDay(year: number, month = "01", day = "01"): boolean {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === "02" && leap ? 29 : (MONTH_DAYS[Number(month) - 1] ?? 0);
  return year > 0 && Number(day) >= 1 && Number(day) <= days;
}

/** As FHIR bounds it. */
function isOffset(hour: string, minute: string): boolean {
  return minute <= "59" && (hour < "14" || (hour === "14" && minute === "00"));
}

function zoneOffset(match: RegExpExecArray, timeZone: string): string {
  const [, year, month, day, hour, minute = 0, second = 0] = match;
  const wall = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  return formatOffset(Zone.of(timeZone).offsetAt(wall));
}

function formatOffset(minutes: number): string {
  const absolute = Math.abs(minutes);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(absolute / 60))}:${two(absolute % 60)}`;
}
