import type { MappedResource, Provenance } from "../../../fhir/resources.ts";
import type { CodeableConcept, Reference } from "../../../fhir/types.ts";
import { tableSystem } from "../../codes/table.ts";
import { eventReason } from "../../codes/visit.ts";
import { filled, put } from "../assign.ts";
import type { Conversion } from "../conversion.ts";
import { concept } from "../datatypes/coded.ts";
import { hierarchicReference, organization } from "../datatypes/identifier.ts";
import { Practitioners, organizationByName } from "../datatypes/people.ts";
import { dateTime, instant } from "../datatypes/time.ts";
import type { SegmentReader } from "../reader.ts";
import { MAPPING, controlIds } from "../urls.ts";

const PARTICIPANT_TYPE = "http://terminology.hl7.org/CodeSystem/provenance-participant-type";

/**
 * One Provenance for MSH[Provenance-Source], MSH[Provenance-Transformation] and EVN[Provenance] of the guide: who sent
 * (author), what converted (assembler) and who was at the keyboard (enterer) took part in one and the same message.
 */
export function provenance(
  msh: SegmentReader,
  evn: SegmentReader | undefined,
  event: string,
  conversion: Conversion,
): void {
  const { timeZone, receivedAt, source } = conversion.context;
  const targets = conversion.resources.map(reference);
  const people = new Practitioners(conversion);
  const occurred = dateTime(evn?.first(6), timeZone);
  const sent = instant(msh.first(7), timeZone);
  const recorded = instant(evn?.first(2), timeZone) ?? sent ?? receivedAt.toISOString();
  const controlId = msh.text(10) ?? "";
  const result: Provenance = {
    resourceType: "Provenance",
    id: "",
    target: targets,
    recorded,
    activity: activity(msh, event),
    agent: [author(msh, source), assembler(conversion), ...enterers(evn, people)],
    entity: entities(msh, controlId, source),
  };
  put(result, "occurredDateTime", occurred);
  put(result, "location", evn && location(evn));
  const reason = concept(evn?.first(4), conversion, eventReason);
  if (reason) result.reason = [reason];
  put(result, "contained", filled(people.contained));
  conversion.add(result, source, msh.text(3) ?? "", msh.text(4) ?? "", controlId, msh.text(7) ?? "");
}

const reference = (resource: MappedResource): Reference => ({ reference: `${resource.resourceType}/${resource.id}` });

function activity(msh: SegmentReader, event: string): CodeableConcept {
  const type = msh.first(9);
  const text = [type?.text(1), type?.text(2) ?? event, type?.text(3)].filter((part) => part !== undefined).join("^");
  return { coding: [{ system: tableSystem("0003"), code: event }], text };
}

/** The sending organization (MSH-22, otherwise the facility MSH-4, otherwise the application MSH-3). */
function author(msh: SegmentReader, source: string): Provenance["agent"][number] {
  const facility = organization(msh.first(4));
  const who = organizationByName(msh.first(22)) ?? facility ?? device(msh) ?? { type: "Device", display: source };
  return { type: participant("author"), who };
}

function assembler(conversion: Conversion): Provenance["agent"][number] {
  const identifier = { system: MAPPING, value: conversion.context.mappingVersion };
  return { type: participant("assembler"), who: { type: "Device", identifier, display: "Fascia" } };
}

function enterers(evn: SegmentReader | undefined, people: Practitioners): Provenance["agent"] {
  return (evn?.all(5) ?? []).flatMap((value) => {
    const who = people.refer(value);
    return who ? [{ type: participant("enterer"), who }] : [];
  });
}

function participant(code: string): CodeableConcept {
  return { coding: [{ system: PARTICIPANT_TYPE, code }] };
}

/** The message itself, which the hub keeps, and the application that sent it. */
function entities(msh: SegmentReader, controlId: string, source: string): NonNullable<Provenance["entity"]> {
  const message = { type: "DocumentReference", identifier: { system: controlIds(source), value: controlId } };
  const sender = device(msh);
  return [{ role: "source", what: message }, ...(sender ? [{ role: "source", what: sender }] : [])];
}

function device(msh: SegmentReader): Reference | undefined {
  const application = msh.first(3);
  return application && hierarchicReference("Device", application);
}

/** EVN-7. */
function location(evn: SegmentReader): Reference | undefined {
  const facility = evn.first(7);
  return facility && hierarchicReference("Location", facility);
}
