import { type Encoding, LITERAL } from "./encoding.ts";
import type { Raw } from "./raw.ts";

/** What a value says to delete what the receiver has (HL7 v2.9 chapter 2, 2.5.3): two quotation marks. */
export const HL7_NULL = '""';

/** A field with its repetitions. An empty or absent one has none. Immutable: a change makes a new one. */
export class Field {
  readonly raw: Raw;
  readonly #encoding: Encoding;
  #repetitions: readonly Repetition[] | undefined;

  constructor(raw: Raw, encoding: Encoding) {
    this.raw = raw;
    this.#encoding = encoding;
  }

  get isEmpty(): boolean {
    return this.raw === "";
  }

  get isNull(): boolean {
    return this.raw === HL7_NULL;
  }

  get repetitions(): readonly Repetition[] {
    return (this.#repetitions ??= this.#split());
  }

  /** The repetition at 0-based `index`; an empty one where there is none. */
  repetition(index: number): Repetition {
    return this.repetitions[index] ?? EMPTY_REPETITION;
  }

  /** Text in the first repetition, by 1-based positions; undefined where there is nothing. */
  text(component = 1, subcomponent = 1): string | undefined {
    return this.repetitions[0]?.text(component, subcomponent);
  }

  #split(): readonly Repetition[] {
    if (this.raw === "") return NONE;
    const encoding = this.#encoding;
    return encoding.split(this.raw, encoding.delimiters.repetition).map((raw) => repetitionOf(raw, encoding));
  }
}

const NONE: readonly Repetition[] = [];

function repetitionOf(raw: Raw, encoding: Encoding): Repetition {
  return raw === "" ? EMPTY_REPETITION : new Repetition(raw, encoding);
}

/** One repetition of a field with its components. */
export class Repetition {
  readonly raw: Raw;
  readonly #encoding: Encoding;
  #parts: readonly Raw[] | undefined;

  constructor(raw: Raw, encoding: Encoding) {
    this.raw = raw;
    this.#encoding = encoding;
  }

  get isEmpty(): boolean {
    return this.raw === "";
  }

  get isNull(): boolean {
    return this.raw === HL7_NULL;
  }

  /** Position of the last component that is there, be it empty. */
  get componentCount(): number {
    return this.#split().length;
  }

  get components(): readonly Component[] {
    return this.#split().map((raw) => componentOf(raw, this.#encoding));
  }

  /** The component at 1-based `position`; an empty one where there is none. */
  component(position: number): Component {
    return componentOf(this.#split()[position - 1] ?? "", this.#encoding);
  }

  /** Text by 1-based positions, the first subcomponent where none is named; undefined where there is nothing. */
  text(component = 1, subcomponent = 1): string | undefined {
    const raw = this.#split()[component - 1];
    return raw === undefined || raw === "" ? undefined : textOf(raw, subcomponent, this.#encoding);
  }

  #split(): readonly Raw[] {
    if (this.#parts) return this.#parts;
    const encoding = this.#encoding;
    return (this.#parts = this.raw === "" ? [] : encoding.split(this.raw, encoding.delimiters.component));
  }
}

const EMPTY_REPETITION = new Repetition("", LITERAL);

function componentOf(raw: Raw, encoding: Encoding): Component {
  return raw === "" ? EMPTY_COMPONENT : new Component(raw, encoding);
}

/** One component with its subcomponents. */
export class Component {
  readonly raw: Raw;
  readonly #encoding: Encoding;

  constructor(raw: Raw, encoding: Encoding) {
    this.raw = raw;
    this.#encoding = encoding;
  }

  get isEmpty(): boolean {
    return this.raw === "";
  }

  get isNull(): boolean {
    return this.raw === HL7_NULL;
  }

  /** Texts of the subcomponents; an empty one is the empty string. */
  get subcomponents(): string[] {
    const encoding = this.#encoding;
    if (this.raw === "") return [];
    return encoding.split(this.raw, encoding.delimiters.subcomponent).map((raw) => encoding.text(raw));
  }

  /** Text of the subcomponent at 1-based `subcomponent`; undefined where there is nothing. */
  text(subcomponent = 1): string | undefined {
    return textOf(this.raw, subcomponent, this.#encoding);
  }
}

const EMPTY_COMPONENT = new Component("", LITERAL);

function textOf(raw: Raw, subcomponent: number, encoding: Encoding): string | undefined {
  const { subcomponent: delimiter } = encoding.delimiters;
  const isWhole = delimiter === "" || !raw.includes(delimiter);
  const part = isWhole ? (subcomponent === 1 ? raw : "") : (encoding.split(raw, delimiter)[subcomponent - 1] ?? "");
  return part === "" ? undefined : encoding.text(part);
}
