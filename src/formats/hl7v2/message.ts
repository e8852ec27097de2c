import { isAscii } from "node:buffer";
import { type Charset, charsetOf } from "./charset.ts";
import { type Delimiters, STANDARD_DELIMITERS, encodingCharacters, readDelimiters } from "./delimiters.ts";
import { type Absent, Encoding, NOTHING_ABSENT } from "./encoding.ts";
import { type SegmentJson, readSegmentsJson, segmentToJson } from "./json.ts";
import { parsePath } from "./path.ts";
import { type Raw, asBuffer, fromRaw, toRaw } from "./raw.ts";
import { endBefore, findHeader, hasByteOrderMark, scanSegments } from "./scan.ts";
import { CHARSET_FIELD, Segment } from "./segment.ts";
import { isBodySegment, pathError } from "./syntax.ts";

export interface ParseOptions {
  /** Character set where MSH-18 names none, as HL7 table 0211 has it. Default: UNICODE UTF-8. */
  charset?: string;
}

export interface CreateOptions {
  delimiters?: Delimiters;
  /** Written to MSH-18, all repetitions, and what values are encoded in. Default: UTF-8 with MSH-18 left empty. */
  charset?: string | readonly string[];
}

const ESC = 0x1b;

/**
 * An HL7 v2 message (v2.9 chapter 2). Keeps every byte: serialising what was parsed gives the input, and a change
 * touches nothing but its own place. Readers never change it; only `set`, `addSegment` and their likes do.
 */
export class Message {
  readonly delimiters: Delimiters;
  /** What was parsed. */
  readonly #bytes: Buffer;
  /** Where the MSH segment begins in #bytes. */
  readonly #first: number;
  #starts: readonly number[] | undefined;
  readonly #fallback: string | undefined;
  /** The same as #bytes. */
  #text: Raw | undefined;
  #segments: Segment[] | undefined;
  #encoding: Encoding | undefined;

  private constructor(bytes: Buffer, fallback: string | undefined) {
    this.#first = findHeader(bytes);
    this.delimiters = readDelimiters(bytes, this.#first);
    this.#bytes = bytes;
    this.#fallback = fallback;
  }

  /**
   * One message, without framing. Keeps `bytes`, which must not change after. Throws FasciaError `Hl7v2Syntax` where
   * the delimiters can't be read; what is wrong in a segment is thrown when segments are first looked at.
   */
  static parse(bytes: Uint8Array, options: ParseOptions = {}): Message {
    return new Message(asBuffer(bytes), options.charset);
  }

  /** A message of an MSH segment with its delimiters and nothing else. */
  static create(options: CreateOptions = {}): Message {
    const delimiters = options.delimiters ?? STANDARD_DELIMITERS;
    const { field } = delimiters;
    const labels = options.charset === undefined ? [] : [options.charset].flat();
    const header = fromRaw(`MSH${field}${encodingCharacters(delimiters)}${field}\r`);
    const message = new Message(header, charsetOf(labels).label);
    if (labels.length > 0) message.header.declareCharset(labels);
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
   * appended. `MSH-18` converts the whole message, see `transcode`. Throws FasciaError `Hl7v2Path` or `Hl7v2Charset`.
   */
  set(path: string, text: string): this {
    const { segment, occurrence, ...location } = parsePath(path);
    if (path === "MSH-18") return this.transcode(text);
    if (text !== "" || this.segment(segment, occurrence)) this.#writable(segment, occurrence).set(location, text);
    return this;
  }

  /** Appends an empty segment. */
  addSegment(name: string): Segment {
    if (!isBodySegment(name))
      throw pathError("segment", "a segment's name is three capital letters or digits, and none of MSH, FHS, BHS");
    const segment = new Segment(name, this.#encode());
    this.#all().push(segment);
    return segment;
  }

  /**
   * Writes all values in another character set and names it in MSH-18; the empty string is the default. Throws
   * FasciaError `Hl7v2Charset` where anything would be lost, and leaves the message as it was.
   */
  transcode(label: string): this {
    const encoding = new Encoding(this.delimiters, charsetOf([label], this.#fallback), NOTHING_ABSENT);
    const all = this.#all();
    const raws = all.map((segment) => segment.rawIn(encoding));
    all.forEach((segment, i) => segment.adopt(raws[i] ?? segment.raw, encoding));
    this.#encoding = encoding;
    this.header.declareCharset([label]);
    return this;
  }

  /** The message's bytes: those that were parsed if nothing was changed. */
  serialise(): Uint8Array {
    if (!this.#isChanged()) return this.#bytes;
    const text = this.#raw();
    const starts = this.#index();
    let written = "";
    let kept = 0;
    this.#all().forEach((segment, i) => {
      if (!segment.changed || i >= starts.length) return;
      written += text.slice(kept, starts[i]) + segment.raw;
      kept = this.#endAt(i);
    });
    return fromRaw(this.#append(written + text.slice(kept)));
  }

  /** One object a segment, for mapping expressions; see `SegmentJson`. */
  toJson(): SegmentJson[] {
    return this.#all().map(segmentToJson);
  }

  #isChanged(): boolean {
    const segments = this.#segments;
    return (
      segments !== undefined && (segments.length > this.#index().length || segments.some(({ changed }) => changed))
    );
  }

  #raw(): Raw {
    return (this.#text ??= toRaw(this.#bytes));
  }

  #all(): Segment[] {
    return (this.#segments ??= this.#makeSegments());
  }

  /** Where each segment begins. Found when it is first needed: many messages are only passed on. */
  #index(): readonly number[] {
    return (this.#starts ??= scanSegments(this.#bytes, this.#first, this.delimiters.field.charCodeAt(0)));
  }

  #makeSegments(): Segment[] {
    const text = this.#raw();
    const encoding = this.#encode();
    return this.#index().map((start, i) => new Segment(text.slice(start, this.#endAt(i)), encoding));
  }

  /** Where a parsed segment ends, without the line ends behind it. */
  #endAt(segment: number): number {
    return endBefore(this.#bytes, this.#index()[segment + 1] ?? this.#bytes.length);
  }

  #encode(): Encoding {
    return (this.#encoding ??= new Encoding(this.delimiters, this.#declaredCharset(), this.#absent()));
  }

  #declaredCharset(): Charset {
    const { field, repetition } = this.delimiters;
    const header = this.#raw().slice(this.#index()[0], this.#endAt(0));
    let at = 0;
    for (let n = 1; n < CHARSET_FIELD && at >= 0; n++) at = header.indexOf(field, at + 1);
    const end = header.indexOf(field, at + 1);
    const declared = at < 0 ? "" : header.slice(at + 1, end < 0 ? header.length : end);
    const labels = repetition !== "" && declared.includes(repetition) ? declared.split(repetition) : [declared];
    return charsetOf(labels, hasByteOrderMark(this.#bytes) ? undefined : this.#fallback);
  }

  #absent(): Absent {
    const bytes = this.#bytes;
    const { escape } = this.delimiters;
    const behindDelimiters = (this.#index()[0] ?? 0) + "MSH|".length + encodingCharacters(this.delimiters).length;
    return {
      beyondAscii: isAscii(bytes) && !bytes.includes(ESC),
      escapes: escape === "" || !bytes.includes(escape.charCodeAt(0), behindDelimiters),
    };
  }

  #writable(name: string, occurrence: number): Segment {
    const found = this.segment(name, occurrence);
    if (found) return found;
    if (occurrence > this.segmentsNamed(name).length) {
      throw pathError(`segment ${name}`, `there is no occurrence ${occurrence - 1} before the one to set`);
    }
    return this.addSegment(name);
  }

  /** `written` and the segments that were added, each with the message's own line end. */
  #append(written: Raw): Raw {
    const added = this.#all().slice(this.#index().length);
    if (added.length === 0) return written;
    const end = this.#lineEnd();
    const isEnded = written.endsWith("\r") || written.endsWith("\n");
    return written + (isEnded ? "" : end) + added.map(({ raw }) => raw + end).join("");
  }

  /** What the first segment ends with. */
  #lineEnd(): Raw {
    const end = this.#endAt(0);
    return /^(?:\r\n|\r|\n)/.exec(this.#raw().slice(end, end + 2))?.[0] ?? "\r";
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
  segments.forEach(({ name, fields }, i) => {
    const segment = i === 0 ? message.header : message.addSegment(name);
    for (const [field, repetitions] of fields) segment.setField(field, repetitions);
  });
  return message;
}
