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

/** Bounds on what may be created; no real message comes near them. */
const MAX_POSITION = 999;
const MAX_REPETITION = 9999;

/** Throws FasciaError `Hl7v2Path` for positions that do not exist. */
export function checkLocation(location: Location, where: string): void {
  const { field, repetition, component, subcomponent } = location;
  const isWithin = [field, component, subcomponent].every((n) => Number.isInteger(n) && n >= 1 && n <= MAX_POSITION);
  if (isWithin && Number.isInteger(repetition) && repetition >= 0 && repetition <= MAX_REPETITION) return;
  throw pathError(where, `positions must be whole numbers up to ${MAX_POSITION}, repetitions up to ${MAX_REPETITION}`);
}

/** A field's bytes with `text` at one place; what has to stand before it is filled in empty. */
export function withValue(field: Raw, location: Location, text: string, encoding: Encoding, where: string): Raw {
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
export function composeField(repetitions: readonly RepetitionInput[], encoding: Encoding, where: string): Raw {
  if (repetitions.length > MAX_REPETITION + 1)
    throw pathError(where, `has ${repetitions.length} repetitions; at most ${MAX_REPETITION + 1} are written`);
  const { repetition, component, subcomponent } = encoding.delimiters;
  return join(Array.from(repetitions, composeRepetition), repetition);

  function composeRepetition(input: RepetitionInput | undefined): Raw {
    if (input === undefined || typeof input === "string") return value(input);
    return join(Array.from(input, composeComponent), component);
  }

  function composeComponent(input: string | undefined | readonly (string | undefined)[]): Raw {
    if (input === undefined || typeof input === "string") return value(input);
    return join(Array.from(input, value), subcomponent);
  }

  function value(text: string | undefined): Raw {
    return text === undefined ? "" : encoding.raw(text, where);
  }

  function join(parts: Raw[], delimiter: string): Raw {
    while (parts.at(-1) === "") parts.pop();
    if (parts.length > 1 && delimiter === "") throw undeclared(where);
    return parts.join(delimiter);
  }
}

function undeclared(where: string): Error {
  return pathError(where, "MSH-2 declares no delimiter for this position");
}
