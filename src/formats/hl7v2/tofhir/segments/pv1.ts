import type { Encounter, Hospitalization } from "../../../fhir/resources.ts";
import type { Identifier, Reference } from "../../../fhir/types.ts";
import { IDENTIFIER_TYPE } from "../../codes/person.ts";
import {
  admissionType,
  admitSource,
  classStatus,
  dietType,
  dischargeDisposition,
  eventStatus,
  hospitalService,
  patientClass,
  patientType,
  readmission,
  vip,
} from "../../codes/visit.ts";
import { filled, put } from "../assign.ts";
import type { Conversion } from "../conversion.ts";
import { concept, singleCoding } from "../datatypes/coded.ts";
import { identifier, identifiers, organization, periodOf } from "../datatypes/identifier.ts";
import type { Practitioners } from "../datatypes/people.ts";
import { dateTime } from "../datatypes/time.ts";
import type { SegmentReader } from "../reader.ts";
import { visitLocations } from "./visitlocations.ts";

const VISIT_NUMBER = "VN";
const NULL_FLAVOR = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor";
const PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";

/** PV1 fields of type XCN by what part the person has in the visit. */
const PARTICIPANTS = [
  [7, "ATND", "attender"],
  [8, "REF", "referrer"],
  [9, "CON", "consultant"],
  [17, "ADM", "admitter"],
  [52, "PART", "Participation"],
] as const;

/** PV1[Encounter] and MSH[Encounter] of the guide. */
export function encounter(
  pv1: SegmentReader,
  event: string,
  subject: Reference,
  people: Practitioners,
  conversion: Conversion,
): Encounter {
  pv1.ignore(1);
  const { timeZone } = conversion.context;
  const end = dateTime(pv1.first(45), timeZone);
  const patientClassField = pv1.first(2);
  const result: Encounter = {
    resourceType: "Encounter",
    id: "",
    status: status(pv1, event, end),
    class: (patientClassField && singleCoding(patientClassField, conversion, patientClass)) ?? {
      system: NULL_FLAVOR,
      code: "UNK",
    },
    subject,
  };
  put(result, "identifier", filled(visitIdentifiers(pv1, conversion)));
  const type = [concept(pv1.first(4), conversion, admissionType), concept(pv1.first(18), conversion, patientType)];
  put(result, "type", filled(type.filter((value) => value !== undefined)));
  put(result, "serviceType", concept(pv1.first(10), conversion, hospitalService));
  put(result, "episodeOfCare", filled(episodes(pv1, conversion)));
  put(result, "participant", filled(participants(pv1, people)));
  put(result, "period", periodOf(dateTime(pv1.first(44), timeZone), end));
  put(result, "hospitalization", hospitalization(pv1, conversion));
  put(result, "location", filled(visitLocations(pv1, people.contained)));
  put(result, "serviceProvider", organization(pv1.first(39)));
  return result;
}

/**
 * The guide has two maps that contradict each other. A discharge time or an A03 says finished and an A01 in progress;
 * for the other events it is the patient class that tells: who is registered (A04) has arrived.
 */
function status(pv1: SegmentReader, event: string, end: string | undefined): string {
  if (end !== undefined) return "finished";
  return eventStatus.get(event) ?? classStatus.toFhir.get(pv1.text(2) ?? "") ?? "unknown";
}

/** The guide has PV1-19 typed as visit number, whatever type was sent: that is kept beside. */
function visitIdentifiers(pv1: SegmentReader, conversion: Conversion): Identifier[] {
  const visit = identifier(pv1.first(19), conversion);
  if (visit) {
    const sent = visit.type?.coding?.filter(({ code }) => code !== VISIT_NUMBER) ?? [];
    visit.type = { coding: [{ system: IDENTIFIER_TYPE, code: VISIT_NUMBER }, ...sent], text: "visit number" };
  }
  const alternate = identifiers(pv1.all(50), conversion);
  return visit ? [visit, ...alternate] : alternate;
}

/** PV1-54 and its description: a reference by identifier, as episodes are no part of the message. */
function episodes(pv1: SegmentReader, conversion: Conversion): Reference[] {
  const id = identifier(pv1.first(54), conversion);
  const description = pv1.text(53);
  if (!id && description === undefined) return [];
  const reference: Reference = { type: "EpisodeOfCare" };
  put(reference, "identifier", id);
  put(reference, "display", description);
  return [reference];
}

function participants(pv1: SegmentReader, people: Practitioners): NonNullable<Encounter["participant"]> {
  return PARTICIPANTS.flatMap(([field, code, display]) =>
    pv1.all(field).flatMap((value) => {
      const individual = people.refer(value);
      return individual ? [{ type: [{ coding: [{ system: PARTICIPATION, code, display }] }], individual }] : [];
    }),
  );
}

function hospitalization(pv1: SegmentReader, conversion: Conversion): Hospitalization | undefined {
  const result: Hospitalization = {};
  put(result, "preAdmissionIdentifier", identifier(pv1.first(5), conversion));
  put(result, "admitSource", concept(pv1.first(14), conversion, admitSource));
  put(result, "reAdmission", concept(pv1.first(13), conversion, readmission));
  const diet = concept(pv1.first(38), conversion, dietType);
  if (diet) result.dietPreference = [diet];
  const courtesy = concept(pv1.first(16), conversion, vip);
  if (courtesy) result.specialCourtesy = [courtesy];
  const destination = pv1.text(37);
  if (destination !== undefined) {
    result.destination = { type: "Location", identifier: { value: destination }, display: destination };
  }
  put(result, "dischargeDisposition", concept(pv1.first(36), conversion, dischargeDisposition));
  return Object.keys(result).length > 0 ? result : undefined;
}
