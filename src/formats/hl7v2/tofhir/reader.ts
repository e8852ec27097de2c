import type { Delimiters } from "../delimiters.ts";
import { HL7_NULL, type Repetition } from "../field.ts";
import type { Segment } from "../segment.ts";

/**
 * Reads a segment and remembers what was read, so that what no mapping asked for can be reported: nothing that was sent
 * disappears silently. `""` (delete the value) reads as nothing: FHIR says it by leaving the element out.
 */
export class SegmentReader {
  readonly name: string;
  /** Where the segment stands, for error messages: `PID`, or `NK1[1]` for the second of its name. */
  readonly path: string;
  readonly delimiters: Delimiters;
  readonly delimiterCodes: { component: number; subcomponent: number };
  readonly #segment: Segment;
  readonly #fields: (FieldUse | undefined)[] = [];
  readonly #ignored: number[] = [];

  constructor(segment: Segment, delimiters: Delimiters, occurrence = 0) {
    this.name = segment.name;
    this.path = occurrence > 0 ? `${segment.name}[${occurrence}]` : segment.name;
    this.#segment = segment;
    this.delimiters = delimiters;
    const { component, subcomponent } = delimiters;
    this.delimiterCodes = { component: component.charCodeAt(0), subcomponent: subcomponent.charCodeAt(0) };
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
    for (let position = 1; position <= this.#segment.fieldCount; position++) {
      if (this.#ignored.includes(position) || this.#segment.field(position).isEmpty) continue;
      const { composites, read } = this.#use(position);
      if (composites.length === 0) continue;
      if (read === 0) report(`${this.name}-${position}`, "field not mapped");
      else if (read < composites.length) report(`${this.name}-${position}`, "repetition not mapped");
      for (let index = 0; index < read; index++) composites[index]!.finish(report);
    }
  }

  #use(field: number): FieldUse {
    return (this.#fields[field] ??= this.#split(field));
  }

  #split(position: number): FieldUse {
    const field = this.#segment.field(position);
    if (field.isEmpty || field.isNull) return UNUSED;
    const composites: Composite[] = [];
    for (const repetition of field.repetitions) {
      if (!repetition.isEmpty && !repetition.isNull) composites.push(new Composite(repetition, this, position));
    }
    return { composites, read: 0 };
  }
}

type Report = (position: string, problem: string) => void;

interface FieldUse {
  composites: readonly Composite[];
  /** How many of them were read. */
  read: number;
}

/** Most fields of most segments. */
const UNUSED: FieldUse = { composites: [], read: 0 };
const NOTHING: (string | undefined)[] = [];

/** One repetition of a field, read by component. */
export class Composite {
  readonly #segment: SegmentReader;
  readonly #field: number;
  readonly #repetition: Repetition;
  /** Most data types have many more components than are sent. */
  readonly #count: number;
  /** A bit for each component that was read (1-based, up to 30; no data type has more). */
  #read = 0;
  /** By component: how many subcomponents were read. Only where there is more than one. */
  #subRead: number[] | undefined;

  constructor(repetition: Repetition, segment: SegmentReader, field: number) {
    this.#repetition = repetition;
    this.#count = repetition.componentCount;
    this.#segment = segment;
    this.#field = field;
  }

  /** Segment and field, e.g. `PID-3`, without repetitions: for reports. */
  get position(): string {
    return `${this.#segment.name}-${this.#field}`;
  }

  /** The same with the segment's occurrence, for error messages. */
  get path(): string {
    return `${this.#segment.path}-${this.#field}`;
  }

  /** As it was sent, to tell whether two are the same. */
  get raw(): string {
    return this.#repetition.raw;
  }

  /** Text of a component's first subcomponent, without blanks around it; undefined where there is nothing. */
  text(component: number): string | undefined {
    if (component > this.#count) return undefined;
    this.#read |= 1 << component;
    return clean(this.#repetition.text(component));
  }

  /** Texts of the first `count` subcomponents of a component. */
  subs(component: number, count: number): (string | undefined)[] {
    if (component > this.#count) return NOTHING;
    this.#read |= 1 << component;
    const part = this.#repetition.component(component);
    if (part.isEmpty || part.isNull) return NOTHING;
    const delimiter = this.#segment.delimiters.subcomponent;
    if (delimiter === "" || !part.raw.includes(delimiter)) return [clean(part.text())];
    (this.#subRead ??= [])[component] = count;
    return part.subcomponents.slice(0, count).map(clean);
  }

  finish(report: Report): void {
    if (this.#isReadAtSight()) return;
    const delimiter = this.#segment.delimiters.subcomponent;
    this.#repetition.components.forEach((component, index) => {
      if (component.isEmpty || component.isNull) return;
      const read = (this.#read & (2 << index)) !== 0;
      if (read && (delimiter === "" || !component.raw.includes(delimiter))) return;
      const texts = component.subcomponents;
      if (read) this.#finishSubcomponents(index + 1, texts, report);
      else if (texts.some(clean)) report(`${this.position}.${index + 1}`, "component not mapped");
    });
  }

  /** Whether each component that holds anything was read, and none has subcomponents: true of most, and quickly seen. */
  #isReadAtSight(): boolean {
    const { component, subcomponent } = this.#segment.delimiterCodes;
    const { raw } = this.#repetition;
    const all = (2 << this.#count) - 2;
    if ((this.#read & all) === all) return !raw.includes(this.#segment.delimiters.subcomponent || "\n");
    let bit = 2;
    for (let at = 0; at < raw.length; at++) {
      const char = raw.charCodeAt(at);
      if (char === component) bit <<= 1;
      else if (char === subcomponent || (this.#read & bit) === 0) return false;
    }
    return true;
  }

  #finishSubcomponents(component: number, texts: string[], report: Report): void {
    const read = this.#subRead?.[component] ?? 1;
    for (let index = read; index < texts.length; index++) {
      if (clean(texts[index])) report(`${this.position}.${component}.${index + 1}`, "subcomponent not mapped");
    }
  }
}

function clean(text: string | undefined): string | undefined {
  if (text === undefined || text === HL7_NULL) return undefined;
  const trimmed = text.trim();
  return trimmed === "" ? undefined : trimmed;
}
