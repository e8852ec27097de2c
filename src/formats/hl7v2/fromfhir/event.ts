import type { FhirNode } from "../../fhir/node.ts";
import type { Source } from "./source.ts";

/** ADT events that can be written. */
const EVENTS: ReadonlySet<string> = new Set(["A01", "A03", "A04", "A08", "A40"]);
const INPATIENT: ReadonlySet<string> = new Set(["IMP", "ACUTE", "NONAC"]);

/**
 * The event that the message is about: the one that is asked for if it is an ADT event, otherwise that of the Provenance,
 * otherwise what Patient.link and Encounter.status say.
 */
export function eventOf(asked: string | undefined, source: Source, merged: boolean): string {
  if (asked !== undefined && EVENTS.has(asked)) return asked;
  const recorded = source.first("Provenance")?.child("activity")?.list("coding")[0]?.text("code");
  if (recorded !== undefined && EVENTS.has(recorded)) return recorded;
  return merged ? "A40" : visitEvent(source.first("Encounter"));
}

function visitEvent(encounter: FhirNode | undefined): string {
  switch (encounter?.text("status")) {
    case "finished":
      return "A03";
    case "in-progress":
    case "arrived":
    case "triaged":
    case "onleave":
      return INPATIENT.has(encounter.child("class")?.text("code") ?? "") ? "A01" : "A04";
    default:
      return "A08";
  }
}
