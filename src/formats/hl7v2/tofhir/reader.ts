import type { Charset } from "../charset.ts";
import type { Delimiters } from "../delimiters.ts";
import { unescapeText } from "../escape.ts";
import { HL7_NULL } from "../field.ts";
import type { Segment } from "../segment.ts";
import type { Problem } from "./unmapped.ts";

/** How a message is written: its delimiters and its character set. */
export interface Writing {
  delimiters: Delimiters;
  charset: Charset;
}

export type Report = (position: string, problem: Problem) => void;

/**
 * Reads a segment and remembers what was read, so that what no mapping asked for can be reported: nothing that was sent
 * disappears silently. `""` (delete the value) reads as nothing: FHIR says it by leaving the element out.
 *
 * A conversion reads nearly everything, so the segment is decoded at once and then cut: the lazy accessors of Segment,
 * which decode value by value, would take a third of the whole time.
 */
export class SegmentReader {
  readonly name: string;
  /** Where the segment stands, for error messages: `PID`, or `NK1[1]` for the second of its name. */
  readonly path: string;
  readonly writing: Writing;
  readonly #text: string;
  /** What stands between field separators: of MSH, MSH-2 is the second, of others the first is the name. */
  readonly #parts: readonly string[];
  readonly #shift: number;
  readonly #fields: (FieldUse | undefined)[] = [];
  readonly #ignored: number[] = [];

  constructor(segment: Segment, writing: Writing, occurrence = 0) {
    this.name = segment.name;
    this.path = occurrence > 0 ? `${segment.name}[${occurrence}]` : segment.name;
    this.writing = writing;
    this.#text = writing.charset.decode(segment.raw);
    this.#parts = this.#text.split(writing.delimiters.field);
    this.#shift = segment.isHeader ? 1 : 0;
  }

  /** The repetitions of a field that say anything. */
  all(field: number): readonly Composite[] {
    const use = this.#use(field);
    use.read = use.composites.length;
    return use.composites;
  }

  /** The first repetition of a field that says anything; further ones are reported unless read with `all`. */
  first(field: number): Composite | undefined {
    const use = this.#use(field);
    if (use.read === 0) use.read = Math.min(1, use.composites.length);
    return use.composites[0];
  }

  /** The text of a field of one component. */
  text(field: number): string | undefined {
    return this.first(field)?.text(1);
  }

  /** Fields that carry nothing for FHIR to keep, such as set ids. */
  ignore(...fields: number[]): void {
    this.#ignored.push(...fields);
  }

  /** Reports every valued part that was not read, by position without repetitions: `PID-19: field not mapped`. */
  finish(report: Report): void {
    if (this.#text.includes(REPLACEMENT)) report(this.name, "bytes outside the declared character set");
    for (let index = 1; index < this.#parts.length; index++) {
      const position = index + this.#shift;
      if (this.#parts[index] === "" || this.#ignored.includes(position)) continue;
      const { composites, read } = this.#use(position);
      if (composites.length === 0) continue;
      if (read === 0) report(`${this.name}-${position}`, "field not mapped");
      else if (read < composites.length) report(`${this.name}-${position}`, "repetition not mapped");
      for (let at = 0; at < read; at++) composites[at]!.finish(report);
    }
  }

  #use(field: number): FieldUse {
    return (this.#fields[field] ??= this.#cut(field));
  }

  #cut(field: number): FieldUse {
    const text = this.#parts[field - this.#shift];
    if (text === undefined || text === "") return UNUSED;
    const composites: Composite[] = [];
    for (const repetition of cut(text, this.writing.delimiters.repetition)) {
      if (repetition !== "" && repetition !== HL7_NULL) composites.push(new Composite(repetition, this, field));
    }
    return { composites, read: 0 };
  }
}

interface FieldUse {
  composites: readonly Composite[];
  /** How many of them were read. */
  read: number;
}

/** Most fields of most segments. */
const UNUSED: FieldUse = { composites: [], read: 0 };
/** What decoding puts for bytes that are no character. */
const REPLACEMENT = "\uFFFD";

/** One repetition of a field, read by component. */
export class Composite {
  /** As it was sent, to tell whether two are the same. */
  readonly raw: string;
  readonly #segment: SegmentReader;
  readonly #field: number;
  readonly #components: readonly string[];
  /** A bit for each component that was read (1-based, up to 30; no data type has more). */
  #read = 0;
  /** By component: how many subcomponents were read. Only where there is more than one. */
  #subRead: number[] | undefined;

  constructor(raw: string, segment: SegmentReader, field: number) {
    this.raw = raw;
    this.#segment = segment;
    this.#field = field;
    this.#components = cut(raw, segment.writing.delimiters.component);
  }

  /** Segment and field, e.g. `PID-3`, without repetitions: for reports. */
  get position(): string {
    return `${this.#segment.name}-${this.#field}`;
  }

  /** The same with the segment's occurrence, for error messages. */
  get path(): string {
    return `${this.#segment.path}-${this.#field}`;
  }

  /** Text of a component's first subcomponent, without blanks around it; undefined where there is nothing. */
  text(component: number): string | undefined {
    const part = this.#components[component - 1];
    if (part === undefined || part === "") return undefined;
    this.#read |= 1 << component;
    const { subcomponent } = this.#segment.writing.delimiters;
    const at = subcomponent === "" ? -1 : part.indexOf(subcomponent);
    return textOf(at < 0 ? part : part.slice(0, at), this.#segment.writing);
  }

  /** Texts of the first `count` subcomponents of a component. */
  subs(component: number, count: number): (string | undefined)[] {
    const part = this.#components[component - 1];
    if (part === undefined || part === "") return NOTHING;
    this.#read |= 1 << component;
    const { writing } = this.#segment;
    const parts = cut(part, writing.delimiters.subcomponent);
    if (parts.length === 1) return [textOf(part, writing)];
    (this.#subRead ??= [])[component] = count;
    return parts.slice(0, count).map((text) => textOf(text, writing));
  }

  finish(report: Report): void {
    const { writing } = this.#segment;
    const { subcomponent } = writing.delimiters;
    for (let at = 1; at <= this.#components.length; at++) {
      const part = this.#components[at - 1]!;
      const read = (this.#read & (1 << at)) !== 0;
      if (part === "" || (read && (subcomponent === "" || !part.includes(subcomponent)))) continue;
      const texts = cut(part, subcomponent).map((text) => textOf(text, writing));
      if (read) this.#finishSubcomponents(at, texts, report);
      else if (texts.some((text) => text !== undefined)) report(`${this.position}.${at}`, "component not mapped");
    }
  }

  #finishSubcomponents(component: number, texts: (string | undefined)[], report: Report): void {
    for (let index = this.#subRead?.[component] ?? 1; index < texts.length; index++) {
      if (texts[index] === undefined) continue;
      report(`${this.position}.${component}.${index + 1}`, "subcomponent not mapped");
    }
  }
}

const NOTHING: (string | undefined)[] = [];

function cut(text: string, delimiter: string): string[] {
  return delimiter === "" || !text.includes(delimiter) ? [text] : text.split(delimiter);
}

/** Text of a value, unescaped; undefined where it says nothing. */
function textOf(value: string, { delimiters, charset }: Writing): string | undefined {
  if (value === HL7_NULL) return undefined;
  const text = unescapeText(value, delimiters, charset.decode).trim();
  return text === "" ? undefined : text;
}
