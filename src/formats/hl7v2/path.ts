import type { Location } from "./compose.ts";
import { pathError } from "./syntax.ts";

/** A place in a message, e.g. `OBX[2]-5[1].1.2`: repetitions count from 0, all else from 1. */
export interface Path extends Location {
  segment: string;
  /** Which of the segments of that name. */
  occurrence: number;
}

const PATH = /^([A-Z][A-Z0-9]{2})(?:\[(\d{1,6})\])?-(.+)$/;
const PLACE = /^(\d{1,4})(?:\[(\d{1,4})\])?(?:\.(\d{1,4}))?(?:\.(\d{1,4}))?$/;

/** Paths come from code and configuration, so there are few; the bound is for those who compose them. */
const MAX_CACHED = 2048;
const cache = new Map<string, Path>();

/** Reads a path such as `PID-3[1].4.1`; what it leaves out is the first one. Throws FasciaError `Hl7v2Path`. */
export function parsePath(path: string): Path {
  let parsed = cache.get(path);
  if (!parsed) {
    parsed = readPath(path);
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(path, parsed);
  }
  return parsed;
}

function readPath(path: string): Path {
  const [, segment = "", occurrence = "0", place = ""] = PATH.exec(path) ?? [];
  const location = parsePlace(place);
  if (!location)
    throw pathError("path", "must look like PID-3, PID-3[1].4.1 or OBX[2]-5: segment, field, component, subcomponent");
  return { segment, occurrence: Number(occurrence), ...location };
}

/** Reads the part of a path behind the segment, such as `3[1].4.1`; undefined where it is none. */
export function parsePlace(place: string): Location | undefined {
  const match = PLACE.exec(place);
  if (!match) return undefined;
  const [, field, repetition = "0", component = "1", subcomponent = "1"] = match;
  const location = {
    field: Number(field),
    repetition: Number(repetition),
    component: Number(component),
    subcomponent: Number(subcomponent),
  };
  return location.field > 0 && location.component > 0 && location.subcomponent > 0 ? location : undefined;
}
