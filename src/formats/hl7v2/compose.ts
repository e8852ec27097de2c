import type { Encoding } from "./encoding.ts";
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

/** Tells the place for an error; only errors need it. */
export type Where = () => string;

/** Bounds on what may be created; no real message comes near them. */
const MAX_POSITION = 999;
const MAX_REPETITION = 9999;

/** Throws FasciaError `Hl7v2Path` for positions that do not exist. */
export function checkLocation({ field, repetition, component, subcomponent }: Location, where: Where): void {
  checkField(field, where);
  const isRepetition = Number.isInteger(repetition) && repetition >= 0 && repetition <= MAX_REPETITION;
  if (!isRepetition || !isPosition(component) || !isPosition(subcomponent)) throw outOfBounds(where);
}

/** The same for a whole field. */
export function checkField(field: number, where: Where): void {
  if (!isPosition(field)) throw outOfBounds(where);
}

function outOfBounds(where: Where): Error {
  return pathError(
    where(),
    `positions must be whole numbers up to ${MAX_POSITION}, repetitions up to ${MAX_REPETITION}`,
  );
}

const isPosition = (n: number): boolean => Number.isInteger(n) && n >= 1 && n <= MAX_POSITION;

/** A field's bytes with `text` at one place; what has to stand before it is filled in empty. */
export function withValue(field: Raw, location: Location, text: string, encoding: Encoding, where: Where): Raw {
  const { repetition, component, subcomponent } = encoding.delimiters;
  const levels: Level[] = [
    { delimiter: repetition, index: location.repetition },
    { delimiter: component, index: location.component - 1 },
    { delimiter: subcomponent, index: location.subcomponent - 1 },
  ];
  const value = encoding.raw(text, where);
  return replaceAt(field, levels, 0);

  function replaceAt(raw: Raw, path: readonly Level[], depth: number): Raw {
    const level = path[depth];
    if (level === undefined) return value;
    const parts = encoding.split(raw, level.delimiter);
    if (level.index >= parts.length) {
      if (value === "") return raw;
      if (level.delimiter === "") throw undeclared(where);
      while (parts.length <= level.index) parts.push("");
    }
    parts[level.index] = replaceAt(parts[level.index] ?? "", path, depth + 1);
    return parts.join(level.delimiter);
  }
}

interface Level {
  delimiter: string;
  index: number;
}

/** A field's bytes made of `repetitions`, without trailing empty parts. Throws FasciaError `Hl7v2Path` for too many. */
export function composeField(repetitions: readonly RepetitionInput[], encoding: Encoding, where: Where): Raw {
  if (repetitions.length > MAX_REPETITION + 1)
    throw pathError(where(), `has ${repetitions.length} repetitions; at most ${MAX_REPETITION + 1} are written`);
  return compose(repetitions, 0, encoding, where);
}

type Input = string | undefined | readonly Input[];

/** What stands between repetitions, between their components and between the subcomponents of these. */
const DELIMITERS = ["repetition", "component", "subcomponent"] as const;

function compose(input: Input, level: number, encoding: Encoding, where: Where): Raw {
  if (input === undefined) return "";
  if (typeof input === "string") return encoding.raw(input, where);
  const delimiter = encoding.delimiters[DELIMITERS[level] ?? "subcomponent"];
  let written = "";
  let between = "";
  for (let index = 0; index < input.length; index++) {
    const part = compose(input[index], level + 1, encoding, where);
    if (part !== "") {
      if (index > 0 && delimiter === "") throw undeclared(where);
      written += between + part;
      between = "";
    }
    between += delimiter;
  }
  return written;
}

function undeclared(where: Where): Error {
  return pathError(where(), "MSH-2 declares no delimiter for this position");
}
