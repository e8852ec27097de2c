import { FasciaError } from "../../base/errors.ts";
import { type Encoding, LITERAL } from "./encoding.ts";
import { Field } from "./field.ts";
import type { Raw } from "./raw.ts";
import { pathError } from "./syntax.ts";

/** Positions as HL7 counts them: field, component and subcomponent from 1, repetition from 0. */
export interface Location {
  field: number;
  repetition: number;
  component: number;
  subcomponent: number;
}

/** Components of one repetition, in order; an array stands for a component's subcomponents. */
export type RepetitionInput = string | readonly (string | undefined | readonly (string | undefined)[])[];

/** Bounds what `set` may create; HL7 knows nothing near it. */
export const MAX_POSITION = 9999;

const EMPTY_FIELD = new Field("", LITERAL);

/** One segment. Fields are split when first asked for. */
export class Segment {
  readonly name: string;
  /** Whether its first two fields are the delimiters. */
  readonly isHeader: boolean;
  #raw: Raw | undefined;
  #parts: Raw[] | undefined;
  #fields: (Field | undefined)[] | undefined;
  #changed = false;
  #encoding: Encoding;

  constructor(raw: Raw, encoding: Encoding) {
    this.name = raw.slice(0, 3);
    this.isHeader = this.name === "MSH" || this.name === "FHS" || this.name === "BHS";
    this.#raw = raw;
    this.#encoding = encoding;
  }

  /** The segment's bytes without its end. */
  get raw(): Raw {
    return (this.#raw ??= this.#split().join(this.#encoding.delimiters.field));
  }

  /** Whether anything was set since it was parsed or created. */
  get changed(): boolean {
    return this.#changed;
  }

  /** Number of the last field that is there, be it empty. */
  get fieldCount(): number {
    return this.#split().length - 1 + this.#shift;
  }

  /** The field at 1-based `position`; an empty one where there is none. */
  field(position: number): Field {
    const fields = (this.#fields ??= []);
    return (fields[position] ??= this.#makeField(position));
  }

  /** Text of a field's first repetition, by 1-based positions; undefined where there is nothing. */
  text(field: number, component = 1, subcomponent = 1): string | undefined {
    return this.field(field).text(component, subcomponent);
  }

  /** Sets one value; what has to stand before it is filled in empty. The empty string removes it. */
  set(location: Location, text: string): void {
    const where = `segment ${this.name}, field ${location.field}`;
    this.#checkWritable(location, where);
    const { repetition, component, subcomponent } = this.#encoding.delimiters;
    const value = this.#encoding.raw(text, where);
    const put = (raw: Raw, delimiter: string, index: number, change: (part: Raw) => Raw): Raw => {
      const parts = this.#encoding.split(raw, delimiter);
      if (delimiter === "" && index > 0) throw pathError(where, "MSH-2 declares no delimiter for this position");
      if (value === "" && index >= parts.length) return raw;
      return replace(parts, index, change).join(delimiter);
    };
    this.#put(location.field, (field) =>
      put(field, repetition, location.repetition, (whole) =>
        put(whole, component, location.component - 1, (part) =>
          put(part, subcomponent, location.subcomponent - 1, () => value),
        ),
      ),
    );
  }

  /** Replaces a whole field by `repetitions`; none empties it. Trailing empty parts are left out. */
  setField(field: number, ...repetitions: RepetitionInput[]): this {
    const where = `segment ${this.name}, field ${field}`;
    this.#checkWritable({ field, repetition: 0, component: 1, subcomponent: 1 }, where);
    const { repetition, component, subcomponent } = this.#encoding.delimiters;
    const value = (text: string | undefined): Raw => (text === undefined ? "" : this.#encoding.raw(text, where));
    const join = (parts: Raw[], delimiter: string): Raw => {
      while (parts.length > 0 && parts.at(-1) === "") parts.pop();
      if (parts.length > 1 && delimiter === "") throw pathError(where, "MSH-2 declares no delimiter for this position");
      return parts.join(delimiter);
    };
    const raw = join(
      repetitions.map((input) =>
        typeof input === "string"
          ? value(input)
          : join(
              Array.from(input, (part) =>
                Array.isArray(part) ? join(Array.from(part, value), subcomponent) : value(part as string | undefined),
              ),
              component,
            ),
      ),
      repetition,
    );
    this.#put(field, () => raw);
    return this;
  }

  /** Writes the segment in another character set. Throws FasciaError `Hl7v2Charset` where that would lose anything. */
  reencode(encoding: Encoding): void {
    const raw = recode(this.raw, this.#encoding, encoding);
    if (raw !== this.#raw) this.#changed = true;
    this.#raw = raw;
    this.#parts = undefined;
    this.#fields = undefined;
    this.#encoding = encoding;
  }

  /** How many fields come before the first one that is split off: MSH-1 is the separator itself. */
  get #shift(): number {
    return this.isHeader ? 1 : 0;
  }

  #split(): Raw[] {
    return (this.#parts ??= this.#encoding.splitFields(this.raw));
  }

  #makeField(position: number): Field {
    if (this.isHeader && position <= 2) return new Field(this.#delimiters(position), LITERAL);
    const raw = position < 1 ? "" : this.#split()[position - this.#shift];
    return raw === undefined || raw === "" ? EMPTY_FIELD : new Field(raw, this.#encoding);
  }

  #delimiters(position: number): Raw {
    return position === 1 ? this.#encoding.delimiters.field : (this.#split()[1] ?? "");
  }

  #put(field: number, change: (raw: Raw) => Raw): void {
    const parts = this.#split();
    const index = field - this.#shift;
    const value = change(parts[index] ?? "");
    if (value === "" && index >= parts.length) return;
    this.#parts = replace(parts, index, () => value);
    this.#raw = undefined;
    this.#fields = undefined;
    this.#changed = true;
  }

  #checkWritable(location: Location, where: string): void {
    const { field, repetition, component, subcomponent } = location;
    for (const position of [field, repetition + 1, component, subcomponent]) {
      if (!Number.isInteger(position) || position < 1 || position > MAX_POSITION) {
        throw pathError(where, `positions must be whole numbers up to ${MAX_POSITION}`);
      }
    }
    if (this.isHeader && field <= 2) {
      throw pathError(where, "the delimiters of a message cannot be changed; create a message with others");
    }
  }
}

function replace(parts: readonly Raw[], index: number, change: (part: Raw) => Raw): Raw[] {
  const copy = [...parts];
  while (copy.length <= index) copy.push("");
  copy[index] = change(copy[index] ?? "");
  return copy;
}

function recode(raw: Raw, from: Encoding, to: Encoding): Raw {
  const text = from.charset.decode(raw);
  if (from.charset.encode(text) !== raw) {
    throw new FasciaError(
      "Hl7v2Charset",
      "the message has bytes outside its character set and cannot be written in another",
    );
  }
  return to.charset.encode(text);
}
