import { isSegmentName } from "../segmentnames.ts";
import type { Drift, DriftKind } from "../../../api/drift.ts";

/** What can be said of a part of a message that FHIR does not carry, or only as it was sent. */
const KINDS = {
  "segment not mapped": "Segment",
  "no visit": "Segment",
  "field not mapped": "Field",
  "repetition not mapped": "Field",
  "component not mapped": "Field",
  "subcomponent not mapped": "Field",
  "code not mapped": "Code",
  "not a number": "Value",
  "not a positive whole number": "Value",
  "bytes outside the declared character set": "Value",
} as const satisfies Record<string, DriftKind>;
export type Problem = keyof typeof KINDS;

/** Position and problem, e.g. `PV1-4: code not mapped`. */
export type Unmapped = `${string}: ${Problem}`;

/** Length of a segment's name, with which every position begins. */
const SEGMENT = 3;

export function driftOf(unmapped: Unmapped): Drift {
  const [position, problem] = unmapped.split(": ") as [string, Problem];
  const isNamed = isSegmentName(position.slice(0, SEGMENT));
  return { kind: KINDS[problem], position: isNamed ? position : "*" };
}
