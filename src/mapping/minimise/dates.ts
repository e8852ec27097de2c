/** Parts of a date, each in the form that the date had. */
export interface DateParts {
  /** `2027` */
  year: string;
  /** `2027-03`, or `202703`; the year where the date says no more. */
  month: string;
}

const YEAR = "((?:18|19|20|21)[0-9]{2})";
const MONTH = "(0[1-9]|1[0-2])";
const DAY = "(?:0[1-9]|[12][0-9]|3[01])";
const HOUR = "(?:[01][0-9]|2[0-3])";
const MINUTE = "[0-5][0-9]";

/** FHIR's date, dateTime and instant (http://hl7.org/fhir/R4/datatypes.html#dateTime), and RFC 3339. */
const ISO = new RegExp(
  `^${YEAR}(?:-${MONTH}(?:-${DAY}(?:T${HOUR}:${MINUTE}(?::[0-5][0-9](?:\\.[0-9]{1,9})?)?(?:Z|[+-]${HOUR}:${MINUTE})?)?)?)?$`,
);

/** DTM of HL7 v2 (chapter 2A.3.22). */
const HL7 = new RegExp(
  `^${YEAR}(?:${MONTH}(?:${DAY}(?:${HOUR}(?:${MINUTE}(?:[0-5][0-9](?:\\.[0-9]{1,4})?)?)?)?)?)?(?:[+-]${HOUR}${MINUTE})?$`,
);

/** Undefined for what is no date, or one of another age than people and their records have. */
export function readDate(text: string): DateParts | undefined {
  const [, isoYear, isoMonth] = ISO.exec(text) ?? [];
  if (isoYear !== undefined) return { year: isoYear, month: isoMonth ? `${isoYear}-${isoMonth}` : isoYear };
  const [, year, month] = HL7.exec(text) ?? [];
  return year === undefined ? undefined : { year, month: month ? `${year}${month}` : year };
}
