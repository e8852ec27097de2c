import { FasciaError } from "../../../base/errors.ts";
import type { MappedResource } from "../../fhir/resources.ts";
import type { Bundle } from "../../fhir/types.ts";
import type { Message } from "../message.ts";
import { Conversion, type ToFhirContext, invalid } from "./conversion.ts";
import { instant } from "./datatypes/time.ts";
import { Patients } from "./patients.ts";
import type { SegmentReader } from "./reader.ts";
import { allergy } from "./segments/al1.ts";
import { coverage } from "./segments/in1.ts";
import { mother, nextOfKin } from "./segments/nk1.ts";
import { provenance } from "./segments/provenance.ts";
import { visit } from "./segments/visit.ts";
import { type PatientGroup, structure } from "./structure.ts";
import type { Unmapped } from "./unmapped.ts";
import { controlIds } from "./urls.ts";

export type { ToFhirContext } from "./conversion.ts";
export { driftOf } from "./unmapped.ts";

export interface ToFhirResult {
  /** A transaction of PUTs: the Patient first, Provenance last. */
  bundle: Bundle;
  /** Ordering keys in clear text, `<assigner>|<id>`: the patient's, and in a merge then the prior patient's. */
  keys: string[];
  /** What FHIR does not carry, or only as it was sent: positions and our own words, e.g. `PV1-4: code not mapped`. */
  unmapped: Unmapped[];
}

const EVENTS: ReadonlySet<string> = new Set(["A01", "A03", "A04", "A08", "A40"]);
const MERGE = "A40";

/** MSH fields about the transport of the message (delimiters, receiver, processing, acknowledgment, charset). */
const ENVELOPE = [1, 2, 5, 6, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25];

/**
 * Converts an ADT message (A01, A03, A04, A08, A40) to FHIR R4 by the HL7 v2-to-FHIR implementation guide; where the
 * guide is silent, docs/hl7v2-to-fhir.md says what is done. The same message in the same context gives the same bytes.
 * Throws FasciaError `Hl7v2Unmapped` for another message type and `Hl7v2Invalid`, which names segment and field, for a
 * message that lacks what its resources need or holds a date that is none.
 */
export function toFhir(message: Message, context: ToFhirContext): ToFhirResult {
  const event = triggerEvent(message);
  const conversion = new Conversion(context);
  const { msh, evn, patients: groups, all } = structure(message, event === MERGE, conversion);
  if (msh.text(10) === undefined) throw invalid("MSH-10", "holds no message control id");
  const patients = new Patients(conversion);
  for (const group of groups) convert(group, event, patients, conversion);
  provenance(msh, evn, event, conversion);
  msh.ignore(...ENVELOPE);
  evn?.ignore(1);
  const bundle = transaction(conversion, msh);
  for (const segment of all) segment.finish(conversion.report);
  return { bundle, keys: patients.keys, unmapped: conversion.unmapped };
}

function triggerEvent(message: Message): string {
  const event = message.header.text(9, 2) ?? message.segment("EVN")?.text(1) ?? "";
  if (message.header.text(9, 1) === "ADT" && EVENTS.has(event)) return event;
  throw new FasciaError(
    "Hl7v2Unmapped",
    `MSH-9: not one of the messages that can be converted: ADT ${[...EVENTS].join(", ")}`,
  );
}

function convert(group: PatientGroup, event: string, patients: Patients, conversion: Conversion): void {
  const { pid, single, repeated } = group;
  const patient = patients.add(group);
  if (event === MERGE) patients.merge(patient, single.MRG);
  for (const nk1 of repeated.NK1) nextOfKin(nk1, patient.resource, patient.reference, conversion);
  mother(pid, patient.reference, conversion);
  visit({ pid, pv1: single.PV1, pv2: single.PV2 }, event, patient.reference, conversion);
  for (const al1 of repeated.AL1) allergy(al1, patient.reference, conversion);
  for (const in1 of repeated.IN1) coverage(in1, patient.resource, patient.reference, conversion);
}

function transaction({ resources, context }: Conversion, msh: SegmentReader): Bundle {
  const bundle: Bundle = {
    resourceType: "Bundle",
    identifier: { system: controlIds(context.source), value: msh.text(10) ?? "" },
    type: "transaction",
  };
  const timestamp = instant(msh.first(7), context.timeZone);
  if (timestamp !== undefined) bundle.timestamp = timestamp;
  bundle.entry = resources.map(entry);
  return bundle;
}

function entry(resource: MappedResource): NonNullable<Bundle["entry"]>[number] {
  const { resourceType, id = "" } = resource;
  return { fullUrl: `urn:uuid:${id}`, resource, request: { method: "PUT", url: `${resourceType}/${id}` } };
}
