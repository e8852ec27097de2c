import { FasciaError } from "../../base/errors.ts";
import { type Charset, charsetNamed } from "./charset.ts";
import type { Delimiters } from "./delimiters.ts";
import { escapeText, hasByteEscapes, unescapeText } from "./escape.ts";
import type { Raw } from "./raw.ts";
import { pathError } from "./syntax.ts";

/** What a message is known not to hold, so that most values need no work at all. */
export interface Absent {
  /** No byte that the character set could mean otherwise than ASCII does. */
  beyondAscii: boolean;
  escapes: boolean;
}

/** How the values of one message are written: its delimiters and its character set. */
export class Encoding {
  readonly delimiters: Delimiters;
  readonly charset: Charset;
  #absent: Absent;

  constructor(delimiters: Delimiters, charset: Charset, absent: Absent) {
    this.delimiters = delimiters;
    this.charset = charset;
    this.#absent = absent;
  }

  /** Parts of `raw` between `delimiter`; `raw` itself where the message declares no such delimiter. */
  split(raw: Raw, delimiter: string): Raw[] {
    if (delimiter === "" || !raw.includes(delimiter)) return [raw];
    const { mask } = this.charset;
    return splitAt(raw, mask ? mask(raw) : raw, delimiter);
  }

  /** The same for many parts, where the engine's own way is faster. */
  splitFields(raw: Raw): Raw[] {
    const { field } = this.delimiters;
    return this.charset.mask ? this.split(raw, field) : raw.split(field);
  }

  /** Text of a value: decoded, then unescaped. */
  text(raw: Raw): string {
    const { charset, delimiters } = this;
    const text = this.#absent.beyondAscii ? raw : charset.decode(raw);
    return this.#absent.escapes ? text : unescapeText(text, delimiters, charset.decode);
  }

  /** Bytes of a value: escaped, then encoded. `where` tells the place for an error. */
  raw(text: string, where: () => string): Raw {
    const escaped = escapeText(text, this.delimiters);
    if (escaped === undefined) {
      throw pathError(where(), "the text holds a delimiter, and MSH-2 declares no escape character to hide it with");
    }
    const raw = this.charset.encode(escaped);
    if (raw !== text) this.#absent = NOTHING_ABSENT;
    return raw;
  }

  /** Any bytes of a message as another encoding has them. Throws FasciaError `Hl7v2Charset` where they would differ in meaning. */
  recode(raw: Raw, other: Encoding): Raw {
    const text = this.charset.decodeAll(raw);
    if (hasByteEscapes(text, this.delimiters)) {
      throw new FasciaError(
        "Hl7v2Charset",
        "the message has bytes written as \\X..\\ and cannot be written in another set",
      );
    }
    return other.charset.encode(text);
  }
}

export const NOTHING_ABSENT: Absent = { beyondAscii: false, escapes: false };

/** For MSH-1 and MSH-2, which are no text: delimiters stand for themselves in them. */
export const LITERAL = new Encoding(
  { field: "", component: "", repetition: "", escape: "", subcomponent: "", truncation: "" },
  charsetNamed("ASCII"),
  { beyondAscii: true, escapes: true },
);

/** A loop over `indexOf` is twice as fast as String.split for the few and short parts of a field. */
function splitAt(raw: Raw, masked: Raw, delimiter: string): Raw[] {
  const parts: Raw[] = [];
  let from = 0;
  for (let at = masked.indexOf(delimiter); at >= 0; at = masked.indexOf(delimiter, from)) {
    parts.push(raw.slice(from, at));
    from = at + 1;
  }
  parts.push(raw.slice(from));
  return parts;
}
