import type { Message } from "../message.ts";
import type { Segment } from "../segment.ts";
import { type Conversion, invalid } from "./conversion.ts";
import { SegmentReader } from "./reader.ts";

/** PID and what follows it, up to the next PID. */
export interface PatientGroup {
  pid: SegmentReader;
  single: Partial<Record<SingleSegment, SegmentReader>>;
  repeated: Record<RepeatedSegment, SegmentReader[]>;
}

/** The segments of a message that have a mapping, by what they belong to. */
export interface Structure {
  msh: SegmentReader;
  evn: SegmentReader | undefined;
  patients: PatientGroup[];
  all: SegmentReader[];
}

const SINGLE = ["PD1", "MRG", "PV1", "PV2"] as const;
const REPEATED = ["NK1", "AL1", "IN1"] as const;
type SingleSegment = (typeof SINGLE)[number];
type RepeatedSegment = (typeof REPEATED)[number];

const isSingle = (name: string): name is SingleSegment => (SINGLE as readonly string[]).includes(name);
const isRepeated = (name: string): name is RepeatedSegment => (REPEATED as readonly string[]).includes(name);

/**
 * Sorts the segments of an ADT message. One that has no mapping is reported by name. Only a merge has several patients.
 * Throws FasciaError `Hl7v2Invalid` where PID is missing or stands at the wrong place.
 */
export function structure(message: Message, isMerge: boolean, conversion: Conversion): Structure {
  const writing = { delimiters: message.delimiters, charset: message.charset };
  const occurrences = new Map<string, number>();
  const all: SegmentReader[] = [];
  const patients: PatientGroup[] = [];
  let evn: SegmentReader | undefined;
  const read = (segment: Segment): SegmentReader => {
    const occurrence = occurrences.get(segment.name) ?? 0;
    occurrences.set(segment.name, occurrence + 1);
    const reader = new SegmentReader(segment, writing, occurrence);
    all.push(reader);
    return reader;
  };
  const msh = read(message.header);
  for (const segment of message.segments.slice(1)) {
    const { name } = segment;
    const group = patients.at(-1);
    if (name === "EVN") evn = read(segment);
    else if (name === "PID") {
      if (group && !isMerge) throw invalid("PID[1]", "a message of this event has one PID");
      patients.push({ pid: read(segment), single: {}, repeated: { NK1: [], AL1: [], IN1: [] } });
    } else if (isRepeated(name)) ofPatient(group, name).repeated[name].push(read(segment));
    else if (isSingle(name) && (name !== "MRG" || isMerge)) {
      const { single } = ofPatient(group, name);
      if (single[name]) throw invalid(`${name}[${occurrences.get(name)}]`, "stands once for each PID");
      single[name] = read(segment);
    } else conversion.report(name, "segment not mapped");
  }
  if (patients.length === 0) throw invalid("PID", "is missing");
  return { msh, evn, patients, all };
}

function ofPatient(group: PatientGroup | undefined, name: string): PatientGroup {
  if (!group) throw invalid(name, "must stand after PID");
  return group;
}
