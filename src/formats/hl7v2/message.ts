import { type Charset, charsetNamed, charsetOf } from "./charset.ts";
import {
  type Delimiters,
  STANDARD_DELIMITERS,
  checkDelimiters,
  encodingCharacters,
  readDelimiters,
} from "./delimiters.ts";
import { Encoding } from "./encoding.ts";
import { type SegmentJson, readSegmentsJson, segmentToJson } from "./json.ts";
import { parsePath } from "./path.ts";
import { type Raw, fromRaw, toRaw } from "./raw.ts";
import { BOM, findHeader, scanSegments } from "./scan.ts";
import { Segment } from "./segment.ts";
import { pathError } from "./syntax.ts";

export interface ParseOptions {
  /** Character set where MSH-18 names none, as HL7 table 0211 has it. Default: UNICODE UTF-8. */
  charset?: string;
}

export interface CreateOptions {
  delimiters?: Delimiters;
  /** Written to MSH-18, and what values are encoded in. Default: UTF-8 with MSH-18 left empty. */
  charset?: string;
}

const CHARSET_FIELD = 18;

/**
 * An HL7 v2 message (v2.9 chapter 2). Keeps every byte: serialising what was parsed gives the input, and a change
 * touches nothing but its own place. Readers never change it; only `set`, `addSegment` and their likes do.
 */
export class Message {
  readonly delimiters: Delimiters;
  readonly #text: Raw;
  /** Begin and end of each segment in #text, in pairs. */
  readonly #index: readonly number[];
  readonly #fallback: string | undefined;
  /** The input, as long as nothing was changed. */
  #bytes: Uint8Array | undefined;
  #segments: Segment[] | undefined;
  /** What stands behind each segment. */
  #ends: Raw[] = [];
  #encoding: Encoding | undefined;

  private constructor(text: Raw, bytes: Uint8Array | undefined, fallback: string | undefined) {
    const start = findHeader(text);
    this.delimiters = readDelimiters(text, start);
    this.#index = scanSegments(text, start, this.delimiters.field.charCodeAt(0));
    this.#text = text;
    this.#bytes = bytes;
    this.#fallback = fallback;
  }

  /** Reads one message, without framing. Keeps `bytes`, which must not change after. Throws FasciaError `Hl7v2Syntax`. */
  static parse(bytes: Uint8Array, options: ParseOptions = {}): Message {
    return new Message(toRaw(bytes), bytes, options.charset);
  }

  /** A message of an MSH segment with its delimiters and nothing else. */
  static create(options: CreateOptions = {}): Message {
    const { field, ...rest } = options.delimiters ?? STANDARD_DELIMITERS;
    const characters = encodingCharacters({ field, ...rest });
    checkDelimiters(field, [...characters]);
    const message = new Message(`MSH${field}${characters}${field}\r`, undefined, options.charset);
    if (options.charset !== undefined) message.header.set(at(CHARSET_FIELD), options.charset);
    return message;
  }

  get segments(): readonly Segment[] {
    return this.#all();
  }

  get header(): Segment {
    return this.#all()[0] as Segment;
  }

  /** Character set of the values. */
  get charset(): Charset {
    return this.#encode().charset;
  }

  /** The segment of that name at 0-based `occurrence`. */
  segment(name: string, occurrence = 0): Segment | undefined {
    let left = occurrence;
    for (const segment of this.#all()) {
      if (segment.name === name && left-- === 0) return segment;
    }
    return undefined;
  }

  segmentsNamed(name: string): Segment[] {
    return this.#all().filter((segment) => segment.name === name);
  }

  /**
   * Unescaped text at a path such as `PID-3[1].4.1` or `OBX[2]-5`: repetitions count from 0, levels left out are the
   * first. Undefined where there is nothing; HL7's null is the text `""`. Throws FasciaError `Hl7v2Path`, and
   * `Hl7v2Charset` for text in a character set that is not supported.
   */
  get(path: string): string | undefined {
    const { segment, occurrence, field, repetition, component, subcomponent } = parsePath(path);
    const found = this.segment(segment, occurrence);
    if (!found) return undefined;
    if (repetition === 0) return found.text(field, component, subcomponent);
    return found.field(field).repetition(repetition).text(component, subcomponent);
  }

  /**
   * Sets the text at a path, escaped as needed; the empty string removes it. One segment more than there are is
   * appended. MSH-18 converts the whole message. Throws FasciaError `Hl7v2Path` or `Hl7v2Charset`.
   */
  set(path: string, text: string): this {
    const { segment, occurrence, ...location } = parsePath(path);
    if (segment === "MSH" && location.field === CHARSET_FIELD) return this.transcode(text);
    this.#writable(segment, occurrence).set(location, text);
    return this;
  }

  /** Appends an empty segment. */
  addSegment(name: string): Segment {
    if (!/^[A-Z][A-Z0-9]{2}$/.test(name) || name === "MSH") {
      throw pathError("segment", "a segment's name is three capital letters or digits, and only the first is MSH");
    }
    const all = this.#all();
    if (this.#ends.at(-1) === "") this.#ends[this.#ends.length - 1] = this.#lineEnd();
    const segment = new Segment(name, this.#encode());
    all.push(segment);
    this.#ends.push(this.#lineEnd());
    this.#bytes = undefined;
    return segment;
  }

  /** Writes all values in another character set and names it in MSH-18. Throws FasciaError `Hl7v2Charset`. */
  transcode(charset: string): this {
    const encoding = new Encoding(this.delimiters, charsetNamed(charset));
    const all = this.#all();
    for (const segment of all) segment.reencode(encoding);
    this.#encoding = encoding;
    this.header.setField(CHARSET_FIELD, charset);
    return this;
  }

  /** The message's bytes: those that were parsed if nothing was changed. */
  serialise(): Uint8Array {
    if (this.#bytes && !this.#segments?.some((segment) => segment.changed)) return this.#bytes;
    const prefix = this.#text.slice(0, this.#index[0]);
    return fromRaw(this.#all().reduce((text, segment, i) => text + segment.raw + (this.#ends[i] ?? ""), prefix));
  }

  /** One object a segment, for mapping expressions; see `SegmentJson`. */
  toJson(): SegmentJson[] {
    return this.#all().map(segmentToJson);
  }

  #all(): Segment[] {
    if (this.#segments) return this.#segments;
    const encoding = this.#encode();
    const text = this.#text;
    const index = this.#index;
    const segments: Segment[] = [];
    for (let i = 0; i < index.length; i += 2) {
      const end = index[i + 1] ?? text.length;
      segments.push(new Segment(text.slice(index[i], end), encoding));
      this.#ends.push(text.slice(end, index[i + 2] ?? text.length));
    }
    return (this.#segments = segments);
  }

  #encode(): Encoding {
    return (this.#encoding ??= new Encoding(this.delimiters, this.#declaredCharset()));
  }

  #declaredCharset(): Charset {
    const { field, repetition } = this.delimiters;
    const fields = this.#text.slice(this.#index[0], this.#index[1]).split(field, CHARSET_FIELD);
    const declared = fields[CHARSET_FIELD - 1] ?? "";
    const labels = repetition === "" ? [declared] : declared.split(repetition);
    return charsetOf(labels, this.#text.startsWith(BOM) ? undefined : this.#fallback);
  }

  #writable(name: string, occurrence: number): Segment {
    const found = this.segment(name, occurrence);
    if (found) return found;
    if (occurrence > this.segmentsNamed(name).length) {
      throw pathError(`segment ${name}`, `there is no occurrence ${occurrence - 1} before the one to set`);
    }
    return this.addSegment(name);
  }

  #lineEnd(): Raw {
    return /^(?:\r\n|\r|\n)/.exec(this.#ends[0] ?? "")?.[0] ?? "\r";
  }
}

/**
 * A message from the JSON form that `toJson` gives, such as a mapping expression's result. The first segment is MSH;
 * its "1" and "2" are the delimiters (|^~\\& if absent), its "18.1" the character set (UTF-8 if absent).
 * Throws FasciaError `Hl7v2Invalid`, `Hl7v2Syntax`, `Hl7v2Path` or `Hl7v2Charset`.
 */
export function fromSegmentsJson(json: unknown): Message {
  const { segments, ...options } = readSegmentsJson(json);
  const message = Message.create(options);
  segments.forEach(({ name, values }, i) => {
    const segment = i === 0 ? message.header : message.addSegment(name);
    for (const { location, text } of values) segment.set(location, text);
  });
  return message;
}

function at(field: number): { field: number; repetition: number; component: number; subcomponent: number } {
  return { field, repetition: 0, component: 1, subcomponent: 1 };
}
