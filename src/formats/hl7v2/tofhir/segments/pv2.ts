import type { Encounter } from "../../../fhir/resources.ts";
import type { Extension } from "../../../fhir/types.ts";
import { modeOfArrival, visitPriority } from "../../codes/visit.ts";
import { put } from "../assign.ts";
import type { Conversion } from "../conversion.ts";
import { concept, singleCoding } from "../datatypes/coded.ts";
import type { Practitioners } from "../datatypes/people.ts";
import { dateTime } from "../datatypes/time.ts";
import type { SegmentReader } from "../reader.ts";

/** R5 elements that R4 has as extensions; the guide names the elements only. */
export const PLANNED_START = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Encounter.plannedStartDate";
export const PLANNED_END = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Encounter.plannedEndDate";
export const MODE_OF_ARRIVAL = "http://hl7.org/fhir/StructureDefinition/encounter-modeOfArrival";

const PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const UCUM = "http://unitsofmeasure.org";

/** PV2[Encounter] of the guide, added to the Encounter that PV1 made. */
export function additionalVisit(
  pv2: SegmentReader,
  encounter: Encounter,
  people: Practitioners,
  conversion: Conversion,
): void {
  const reason = concept(pv2.first(3), conversion);
  if (reason) encounter.reasonCode = [reason];
  put(encounter, "priority", concept(pv2.first(25), conversion, visitPriority));
  const extension = visitExtensions(pv2, conversion);
  if (extension.length > 0) encounter.extension = extension;
  lengthOfStay(pv2, encounter, conversion);
  const description = pv2.text(12);
  if (description !== undefined) encounter.text = { status: "additional", div: narrative(description) };
  referrers(pv2, encounter, people);
}

function visitExtensions(pv2: SegmentReader, conversion: Conversion): Extension[] {
  const { timeZone } = conversion.context;
  const extensions: Extension[] = [];
  const start = dateTime(pv2.first(8), timeZone);
  if (start !== undefined) extensions.push({ url: PLANNED_START, valueDateTime: start });
  const end = dateTime(pv2.first(9), timeZone);
  if (end !== undefined) extensions.push({ url: PLANNED_END, valueDateTime: end });
  const arrival = pv2.first(38);
  const mode = arrival && singleCoding(arrival, conversion, modeOfArrival);
  if (mode) extensions.push({ url: MODE_OF_ARRIVAL, valueCoding: mode });
  return extensions;
}

function lengthOfStay(pv2: SegmentReader, encounter: Encounter, conversion: Conversion): void {
  const value = pv2.first(11);
  const text = value?.text(1);
  if (!value || text === undefined) return;
  if (!/^\d+(\.\d+)?$/.test(text)) return conversion.report(value.position, "not a number");
  encounter.length = { value: Number(text), unit: "days", system: UCUM, code: "d" };
}

function referrers(pv2: SegmentReader, encounter: Encounter, people: Practitioners): void {
  for (const value of pv2.all(13)) {
    const individual = people.refer(value);
    const coding = { system: PARTICIPATION, code: "REF", display: "referrer" };
    if (individual) (encounter.participant ??= []).push({ type: [{ coding: [coding] }], individual });
  }
}

/** FHIR narrative is XHTML. */
function narrative(text: string): string {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<div xmlns="http://www.w3.org/1999/xhtml">${escaped}</div>`;
}
