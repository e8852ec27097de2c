import { FasciaError } from "../../base/errors.ts";
import { type Location, checkLocation } from "./compose.ts";
import { type Delimiters, checkDelimiters } from "./delimiters.ts";
import type { Field } from "./field.ts";
import { parsePlace } from "./path.ts";
import { isBodySegment } from "./syntax.ts";
import type { Segment } from "./segment.ts";

/**
 * A segment for mapping expressions: its name, and each value that is there under field, repetition (from 0, left out
 * for the first), component and subcomponent (left out for the first), e.g. `{ "segment": "PID", "3.1": "100001",
 * "3[1].1": "200002", "3.4.2": "1.2.3", "8.1": "F" }`. The component is always named, so that a key does not
 * depend on what else a sender fills in; only MSH-1 and MSH-2 are "1" and "2". HL7's null is `""` in quotes.
 */
export interface SegmentJson {
  segment: string;
  [place: string]: string;
}

export function segmentToJson(segment: Segment): SegmentJson {
  const json: SegmentJson = { segment: segment.name };
  for (let number = 1; number <= segment.fieldCount; number++) {
    const field = segment.field(number);
    if (segment.isHeader && number <= 2) json[number] = field.raw;
    else addField(json, number, field);
  }
  return json;
}

function addField(json: SegmentJson, number: number, field: Field): void {
  field.repetitions.forEach((repetition, r) => {
    const place = r === 0 ? `${number}` : `${number}[${r}]`;
    repetition.components.forEach((component, c) => {
      component.subcomponents.forEach((text, s) => {
        if (text !== "") json[s === 0 ? `${place}.${c + 1}` : `${place}.${c + 1}.${s + 1}`] = text;
      });
    });
  });
}

/** What a message is made of, checked. */
export interface MessageContent {
  delimiters?: Delimiters;
  /** MSH-18, all repetitions. */
  charset?: string[];
  /** MSH first; without MSH-1, MSH-2 and MSH-18. */
  segments: SegmentContent[];
}

interface SegmentContent {
  name: string;
  /** By field: repetitions of components of subcomponents. */
  fields: Map<number, string[][][]>;
}

const CHARSET_FIELD = 18;

/** Checks the JSON form of a message. Throws FasciaError `Hl7v2Invalid`, which names places by number only. */
export function readSegmentsJson(json: unknown): MessageContent {
  if (!Array.isArray(json) || json.length === 0) throw invalid("the message", "must be a non-empty array of segments");
  const segments = json.map(readSegment);
  const header = segments[0]?.fields;
  const [separator, characters, charset] = [1, 2, CHARSET_FIELD].map((field) => takeTexts(header, field));
  const isDeclared = separator !== undefined || characters !== undefined;
  return {
    ...(isDeclared && { delimiters: checkDelimiters(separator?.[0] ?? "|", [...(characters?.[0] ?? "^~\\&")]) }),
    ...(charset !== undefined && { charset }),
    segments,
  };
}

/** First texts of a field's repetitions, which then is no longer among the fields. */
function takeTexts(fields: SegmentContent["fields"] | undefined, field: number): string[] | undefined {
  const repetitions = fields?.get(field);
  fields?.delete(field);
  return repetitions && Array.from(repetitions, (repetition) => repetition?.[0]?.[0] ?? "");
}

function readSegment(value: unknown, index: number): SegmentContent {
  const where = `segment ${index + 1}`;
  if (value === null || typeof value !== "object") throw invalid(where, "must be an object");
  const { segment: name, ...rest } = value as Record<string, unknown>;
  if (typeof name !== "string" || !(index === 0 ? name === "MSH" : isBodySegment(name))) {
    throw invalid(where, '"segment" must be a name of three capital letters or digits; only the first is MSH');
  }
  const fields: SegmentContent["fields"] = new Map();
  Object.entries(rest).forEach(([place, content], i) => {
    const location = parsePlace(place);
    if (!location) throw invalid(`${where} (${name}), key ${i + 1}`, 'must look like "3.1", "3[1].4" or "3.4.2"');
    const at = `${where} (${name}), field ${location.field}`;
    checkLocation(location, () => at);
    const text = textOf(content, at);
    if (text !== "") put(fields, location, text);
  });
  return { name, fields };
}

function put(fields: SegmentContent["fields"], location: Location, text: string): void {
  let field = fields.get(location.field);
  if (!field) fields.set(location.field, (field = []));
  const repetition = (field[location.repetition] ??= []);
  const component = (repetition[location.component - 1] ??= []);
  component[location.subcomponent - 1] = text;
}

/** Numbers and booleans are written as text; null, undefined and empty texts are left out. */
function textOf(content: unknown, where: string): string {
  if (content === undefined || content === null) return "";
  if (typeof content === "object" || typeof content === "function") throw invalid(where, "must be a text");
  return String(content);
}

function invalid(where: string, problem: string): FasciaError {
  return new FasciaError("Hl7v2Invalid", `${where}: ${problem}`);
}
