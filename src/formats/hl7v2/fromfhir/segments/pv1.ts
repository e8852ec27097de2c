import type { FhirNode } from "../../../fhir/node.ts";
import {
  admissionType,
  admitSource,
  dietType,
  dischargeDisposition,
  hospitalService,
  modeOfArrival,
  patientClass,
  patientType,
  readmission,
  vip,
  visitPriority,
} from "../../codes/visit.ts";
import type { Segment } from "../../segment.ts";
import { MODE_OF_ARRIVAL, PLANNED_END, PLANNED_START } from "../../tofhir/segments/pv2.ts";
import { TEMPORARY } from "../../tofhir/segments/visitlocations.ts";
import { codeOnly, coded, codingCode } from "../datatypes/coded.ts";
import { extendedId, extendedIds, organization, typeCode } from "../datatypes/identifier.ts";
import { personLocation } from "../datatypes/location.ts";
import { practitioner } from "../datatypes/person.ts";
import { time } from "../datatypes/time.ts";
import { type Rendering, set } from "../rendering.ts";

/** PV1 fields by the part that a participant has in the visit (code system v3-ParticipationType). */
const PARTICIPANTS: Readonly<Record<string, number>> = { ATND: 7, REF: 8, CON: 9, ADM: 17, PART: 52 };

/** A message without visit has a PV1 that says so: it is required. */
export function noVisit({ message }: Rendering): void {
  const pv1 = message.addSegment("PV1");
  set(pv1, 1, "1");
  set(pv1, 2, "N");
}

/** PV1 from an Encounter. */
export function visitSegment(rendering: Rendering, encounter: FhirNode): void {
  const pv1 = rendering.message.addSegment("PV1");
  set(pv1, 1, "1");
  set(pv1, 2, codingCode(encounter.child("class"), patientClass));
  const types = encounter.list("type");
  const kind = types.find((type) => type.list("coding").some((coding) => coding.text("system") === patientType.system));
  set(
    pv1,
    4,
    codeOnly(
      types.find((type) => type !== kind),
      admissionType,
    ),
  );
  set(pv1, 18, codeOnly(kind, patientType));
  places(pv1, rendering, encounter);
  participants(pv1, rendering, encounter);
  set(pv1, 10, codeOnly(encounter.child("serviceType"), hospitalService));
  hospitalization(pv1, encounter.child("hospitalization"));
  identifiers(pv1, encounter);
  set(pv1, 39, organization(encounter.child("serviceProvider"))[0]);
  set(pv1, 44, time(encounter.child("period"), "start"));
  set(pv1, 45, time(encounter.child("period"), "end"));
}

function identifiers(pv1: Segment, encounter: FhirNode): void {
  const all = encounter.list("identifier");
  const visit = all.find((identifier) => typeCode(identifier) === "VN") ?? all[0];
  set(pv1, 19, extendedId(visit));
  pv1.setField(50, extendedIds(all.filter((identifier) => identifier !== visit)));
  set(pv1, 54, extendedId(encounter.list("episodeOfCare")[0]?.child("identifier")));
}

/** The first place of each kind has its field: where the patient is, was, is for a while, will be. */
function places(pv1: Segment, { source }: Rendering, encounter: FhirNode): void {
  for (const stay of encounter.list("location").toReversed()) {
    const reference = stay.child("location");
    if (reference) set(pv1, placeField(stay), personLocation(reference, encounter, source));
  }
}

function placeField(stay: FhirNode): number {
  const temporary = stay.extension(TEMPORARY.url) !== undefined;
  switch (stay.text("status")) {
    case "completed":
      return temporary ? 43 : 6;
    case "reserved":
      return 42;
    default:
      return temporary ? 11 : 3;
  }
}

function participants(pv1: Segment, { source, version }: Rendering, encounter: FhirNode): void {
  for (const [code, field] of Object.entries(PARTICIPANTS)) {
    const people = encounter
      .list("participant")
      .filter((participant) => participationCode(participant) === code)
      .map((participant) => {
        const individual = participant.child("individual");
        return practitioner(source.resolve(individual, encounter), individual, version);
      });
    pv1.setField(
      field,
      people.filter((person) => person !== undefined),
    );
  }
}

function participationCode(participant: FhirNode): string | undefined {
  return participant.list("type")[0]?.list("coding")[0]?.text("code");
}

function hospitalization(pv1: Segment, stay: FhirNode | undefined): void {
  if (!stay) return;
  set(pv1, 5, extendedId(stay.child("preAdmissionIdentifier")));
  set(pv1, 13, codeOnly(stay.child("reAdmission"), readmission));
  set(pv1, 14, codeOnly(stay.child("admitSource"), admitSource));
  set(pv1, 16, codeOnly(stay.list("specialCourtesy")[0], vip));
  set(pv1, 36, codeOnly(stay.child("dischargeDisposition"), dischargeDisposition));
  const destination = stay.child("destination");
  set(pv1, 37, destination?.child("identifier")?.text("value") ?? destination?.text("display"));
  set(pv1, 38, codeOnly(stay.list("dietPreference")[0], dietType));
}

/** PV2 where the Encounter has anything for it. */
export function additionalVisitSegment({ message }: Rendering, encounter: FhirNode): void {
  const reason = coded(encounter.list("reasonCode")[0]);
  const priority = codeOnly(encounter.child("priority"), visitPriority);
  const start = time(encounter.extension(PLANNED_START), "valueDateTime");
  const end = time(encounter.extension(PLANNED_END), "valueDateTime");
  const arrival = codingCode(encounter.extension(MODE_OF_ARRIVAL)?.child("valueCoding"), modeOfArrival);
  if ([reason, priority, start, end, arrival].every((value) => value === undefined)) return;
  const pv2 = message.addSegment("PV2");
  set(pv2, 3, reason);
  set(pv2, 8, start);
  set(pv2, 9, end);
  set(pv2, 25, priority);
  set(pv2, 38, arrival);
}
