import { FasciaError } from "../../../base/errors.ts";
import type { FhirNode } from "../../fhir/node.ts";
import { Message } from "../message.ts";
import { eventOf } from "./event.ts";
import type { Rendering } from "./rendering.ts";
import { allergySegments } from "./segments/al1.ts";
import { type HeaderOptions, eventSegment, header } from "./segments/header.ts";
import { insuranceSegments } from "./segments/in1.ts";
import { kinSegments } from "./segments/nk1.ts";
import { mergeSegment, patientSegment } from "./segments/pid.ts";
import { additionalVisitSegment, noVisit, visitSegment } from "./segments/pv1.ts";
import { Source, invalidBundle } from "./source.ts";

/** Of Adapter `spec.accepts[].mapping.fhirToHl7v2`. */
export type FromFhirOptions = HeaderOptions;

export interface FromFhirContext {
  /** MSH-10, at most 20 characters. */
  controlId: string;
  /** ADT event, e.g. `A01`; anything else leaves it to the resources: Provenance, Patient.link, Encounter.status. */
  event?: string;
  /** MSH-7, and EVN-2 where the Bundle has no Provenance. */
  now: Date;
}

const MAX_CONTROL_ID = 20;
const MERGE = "A40";

/**
 * Renders a Bundle of FHIR R4 resources as ADT message (A01, A03, A04, A08, A40) of HL7 v2.3 or v2.5.1: MSH, EVN, PID,
 * MRG, NK1, PV1, PV2, AL1, IN1. Values are encoded in UTF-8 and MSH-18 is left to whoever sends it. Throws FasciaError
 * `FhirInvalid`, which names the element, for a Bundle that is none, has no Patient or no prior one for a merge.
 */
export function fromFhir(bundle: unknown, options: FromFhirOptions, context: FromFhirContext): Message {
  const { controlId, now } = context;
  if (controlId.length > MAX_CONTROL_ID) {
    throw new FasciaError("Hl7v2Invalid", `MSH-10: a control id has at most ${MAX_CONTROL_ID} characters`);
  }
  const rendering: Rendering = { message: Message.create(), source: new Source(bundle), version: options.version };
  const { current, prior } = patients(rendering.source);
  const encounter = rendering.source.first("Encounter");
  const event = eventOf(context.event, rendering.source, prior.length > 0);
  header(rendering, options, event, controlId, now);
  eventSegment(rendering, event, now);
  if (event === MERGE) merge(rendering, current, prior, encounter);
  else visit(rendering, current, encounter);
  return rendering.message;
}

/** Who is alive in the records, and who was replaced. */
function patients(source: Source): { current: FhirNode; prior: FhirNode[] } {
  const all = source.all("Patient");
  const prior = all.filter(isReplaced);
  const current = all.find((patient) => !prior.includes(patient));
  if (!current) throw invalidBundle("has no Patient but replaced ones; a message is about a patient");
  return { current, prior };
}

function isReplaced(patient: FhirNode): boolean {
  return patient.list("link").some((link) => link.text("type") === "replaced-by");
}

/** PID and MRG for each patient that was replaced. */
function merge(rendering: Rendering, current: FhirNode, prior: FhirNode[], encounter: FhirNode | undefined): void {
  if (prior.length === 0) throw invalidBundle("a merge (A40) has a Patient with a link of type replaced-by");
  for (const patient of prior) {
    const survivor = rendering.source.resolve(replacement(patient), patient) ?? current;
    patientSegment(rendering, survivor, encounter);
    mergeSegment(rendering, patient);
    if (encounter) visitSegment(rendering, encounter);
  }
}

function replacement(patient: FhirNode): FhirNode | undefined {
  return patient
    .list("link")
    .find((link) => link.text("type") === "replaced-by")
    ?.child("other");
}

function visit(rendering: Rendering, patient: FhirNode, encounter: FhirNode | undefined): void {
  patientSegment(rendering, patient, encounter);
  kinSegments(rendering, patient);
  if (encounter) {
    visitSegment(rendering, encounter);
    additionalVisitSegment(rendering, encounter);
  } else noVisit(rendering);
  allergySegments(rendering);
  insuranceSegments(rendering);
}
