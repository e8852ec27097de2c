import { highest, lowest, numberIn } from "./bounds.ts";
import { asking, type Difference } from "./difference.ts";
import type { Part } from "./document.ts";
import type { Meeting } from "./walk.ts";

/** The least and the most that all of `parts` grant. */
export const least = (parts: readonly Part[], name: string, otherwise = 0): number =>
  Math.max(otherwise, ...parts.map((part) => numberIn(part, name, -Infinity)));
export const most = (parts: readonly Part[], name: string): number =>
  Math.min(...parts.map((part) => numberIn(part, name, Infinity)));

/** A pattern or a format may keep texts short, or long, without saying so. */
export function stringDifferences({ writer, reader, certain }: Meeting): Difference[] {
  const isOpen = certain && !writer.some(({ pattern, format }) => pattern !== undefined || format !== undefined);
  const differences: Difference[] = [];
  const { minLength, maxLength, pattern } = reader;
  if (typeof minLength === "number" && minLength > least(writer, "minLength"))
    differences.push(asking(`minLength ${minLength}`, isOpen));
  if (typeof maxLength === "number" && maxLength < most(writer, "maxLength"))
    differences.push(asking(`maxLength ${maxLength}`, isOpen));
  if (pattern !== undefined && !TAKES_ALL.test(String(pattern)) && !writer.some((part) => part["pattern"] === pattern))
    differences.push(asking("pattern", isOpen && !TAKES_NEARLY_ALL.test(String(pattern))));
  return [...differences, ...formatDifferences({ writer, reader, certain })];
}

/** Patterns that every text matches. */
const TAKES_ALL = /^(\^?(\.\*)?|(\.\*)?\$?)$/;
/** Those that every text of one line matches, or every one but the empty one: whoever writes them means any text. */
const TAKES_NEARLY_ALL = /^\^?\.[*+]\$?$/;

/** No text is of two of these. */
const DISJOINT = new Set(["date", "time", "date-time", "duration", "email", "ipv4", "ipv6", "uuid"]);
const WIDER: Record<string, string> = { uri: "uri-reference" };

function formatDifferences({ writer, reader: { format }, certain }: Meeting): Difference[] {
  if (typeof format !== "string") return [];
  const formats = writer.flatMap((part) => (typeof part["format"] === "string" ? [part["format"]] : []));
  if (formats.some((one) => one === format || WIDER[one] === format)) return [];
  const isOpen = formats.length === 0 && !writer.some(({ pattern }) => pattern !== undefined);
  const isOther = DISJOINT.has(format) && formats.some((one) => DISJOINT.has(one));
  return [asking(`format ${format.slice(0, 30)}`, certain && (isOpen || isOther))];
}

export function numberDifferences(meeting: Meeting, isInteger: boolean): Difference[] {
  const { writer, reader } = meeting;
  const certain = meeting.certain && !writer.some((part) => part["multipleOf"] !== undefined);
  return [
    ...lowerBound(writer, reader, certain, isInteger),
    ...upperBound(writer, reader, certain, isInteger),
    ...multiples(writer, reader, certain, isInteger),
  ];
}

function lowerBound(writer: readonly Part[], reader: Part, certain: boolean, isInteger: boolean): Difference[] {
  const [from, to] = [Math.max(...writer.map((part) => lowest(part, isInteger))), lowest(reader, isInteger)];
  if (to < from || to === -Infinity) return [];
  const isOutside = (part: Part) => !isInteger && part["exclusiveMinimum"] === to;
  if (to === from && (!isOutside(reader) || writer.some(isOutside))) return [];
  return [asking(isOutside(reader) ? `exclusiveMinimum ${to}` : `minimum ${to}`, certain)];
}

function upperBound(writer: readonly Part[], reader: Part, certain: boolean, isInteger: boolean): Difference[] {
  const [from, to] = [Math.min(...writer.map((part) => highest(part, isInteger))), highest(reader, isInteger)];
  if (to > from || to === Infinity) return [];
  const isOutside = (part: Part) => !isInteger && part["exclusiveMaximum"] === to;
  if (to === from && (!isOutside(reader) || writer.some(isOutside))) return [];
  return [asking(isOutside(reader) ? `exclusiveMaximum ${to}` : `maximum ${to}`, certain)];
}

function multiples(writer: readonly Part[], reader: Part, certain: boolean, isInteger: boolean): Difference[] {
  const step = reader["multipleOf"];
  if (typeof step !== "number" || (isInteger && Number.isInteger(1 / step))) return [];
  if (writer.some((part) => numberIn(part, "multipleOf", NaN) % step === 0)) return [];
  return [asking(`multipleOf ${step}`, certain)];
}
