import { type Location, type RepetitionInput, checkField, checkLocation, composeField, withValue } from "./compose.ts";
import { type Encoding, LITERAL } from "./encoding.ts";
import { Field } from "./field.ts";
import type { Raw } from "./raw.ts";
import { pathError } from "./syntax.ts";

export type { Location, RepetitionInput } from "./compose.ts";

/** MSH-18. */
export const CHARSET_FIELD = 18;

const EMPTY_FIELD = new Field("", LITERAL);

/** One segment. Fields are split when first asked for. */
export class Segment {
  readonly name: string;
  /** Whether it is MSH, whose first two fields are the delimiters. */
  readonly isHeader: boolean;
  #raw: Raw | undefined;
  #parts: Raw[] | undefined;
  #fields: (Field | undefined)[] | undefined;
  #changed = false;
  #encoding: Encoding;

  constructor(raw: Raw, encoding: Encoding) {
    this.name = raw.slice(0, 3);
    this.isHeader = this.name === "MSH";
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

  /**
   * Sets one value; what has to stand before it is filled in empty. The empty string removes it.
   * Throws FasciaError `Hl7v2Path` or `Hl7v2Charset`.
   */
  set(location: Location, text: string): this {
    const { field } = location;
    const where = () => this.#place(field);
    checkLocation(location, where);
    this.#checkWritable(field);
    this.#put(field, withValue(this.#split()[field - this.#shift] ?? "", location, text, this.#encoding, where));
    return this;
  }

  /**
   * Replaces a whole field by `repetitions`, e.g. `pid.setField(3, [["100001", undefined, undefined, ["HOSP", "1.2"]]])`;
   * none empties it. Trailing empty parts are left out. Throws FasciaError `Hl7v2Path` or `Hl7v2Charset`.
   */
  setField(field: number, repetitions: readonly RepetitionInput[]): this {
    const where = () => this.#place(field);
    checkField(field, where);
    this.#checkWritable(field);
    this.#put(field, composeField(repetitions, this.#encoding, where));
    return this;
  }

  /** For Message: the bytes in another encoding, which `adopt` then takes over. Throws FasciaError `Hl7v2Charset`. */
  rawIn(encoding: Encoding): Raw {
    return this.#encoding.recode(this.raw, encoding);
  }

  /** For Message: takes over what `rawIn` gave. */
  adopt(raw: Raw, encoding: Encoding): void {
    this.#changed ||= raw !== this.raw;
    this.#raw = raw;
    this.#parts = undefined;
    this.#fields = undefined;
    this.#encoding = encoding;
  }

  /** For Message: names the character set in MSH-18. */
  declareCharset(labels: readonly string[]): void {
    this.#put(
      CHARSET_FIELD,
      composeField(labels, this.#encoding, () => this.#place(CHARSET_FIELD)),
    );
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

  #put(field: number, value: Raw): void {
    const parts = this.#split();
    const index = field - this.#shift;
    if (value === "" && index >= parts.length) return;
    while (parts.length <= index) parts.push("");
    parts[index] = value;
    this.#raw = undefined;
    this.#fields = undefined;
    this.#changed = true;
  }

  #place(field: number): string {
    return `segment ${this.name}, field ${field}`;
  }

  #checkWritable(field: number): void {
    if (!this.isHeader) return;
    if (field <= 2)
      throw pathError(this.#place(field), "the delimiters cannot be changed; create a message with others");
    if (field === CHARSET_FIELD)
      throw pathError(this.#place(field), "must be set through the message, which is converted then");
  }
}
