import type { Charset } from "./charset.ts";
import type { Delimiters } from "./delimiters.ts";
import { escapeText, unescapeText } from "./escape.ts";
import type { Raw } from "./raw.ts";
import { pathError } from "./syntax.ts";

const NO_DELIMITERS: Delimiters = {
  field: "",
  component: "",
  repetition: "",
  escape: "",
  subcomponent: "",
  truncation: "",
};

/** How the values of one message are written: its delimiters and its character set. */
export class Encoding {
  readonly delimiters: Delimiters;
  readonly charset: Charset;

  constructor(delimiters: Delimiters, charset: Charset) {
    this.delimiters = delimiters;
    this.charset = charset;
  }

  /** For values that are not text: MSH-1 and MSH-2, in which delimiters stand for themselves. */
  get literal(): Encoding {
    return new Encoding(NO_DELIMITERS, this.charset);
  }

  /** Parts of `raw` between `delimiter`; `raw` itself where the message declares no such delimiter. */
  split(raw: Raw, delimiter: string): Raw[] {
    if (delimiter === "") return [raw];
    const { mask } = this.charset;
    return mask ? splitMasked(raw, mask(raw), delimiter) : raw.split(delimiter);
  }

  /** Text of a value: decoded, then unescaped. */
  text(raw: Raw): string {
    const { charset, delimiters } = this;
    return unescapeText(charset.decode(raw), delimiters, charset.decode);
  }

  /** Bytes of a value: escaped, then encoded. `where` names the place for errors. */
  raw(text: string, where: string): Raw {
    const escaped = escapeText(text, this.delimiters);
    if (escaped === undefined) {
      throw pathError(where, "the text holds a delimiter, and MSH-2 declares no escape character to hide it with");
    }
    return this.charset.encode(escaped);
  }
}

function splitMasked(raw: Raw, masked: Raw, delimiter: string): Raw[] {
  const parts: Raw[] = [];
  let from = 0;
  for (let at = masked.indexOf(delimiter); at >= 0; at = masked.indexOf(delimiter, from)) {
    parts.push(raw.slice(from, at));
    from = at + 1;
  }
  parts.push(raw.slice(from));
  return parts;
}
