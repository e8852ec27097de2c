import type { FhirNode } from "../../../fhir/node.ts";
import { coded } from "../datatypes/coded.ts";
import { organization } from "../datatypes/identifier.ts";
import { practitioner } from "../datatypes/person.ts";
import { time, timestamp } from "../datatypes/time.ts";
import { eventReason } from "../../codes/visit.ts";
import { type Rendering, set } from "../rendering.ts";

export interface HeaderOptions {
  version: "2.3" | "2.5.1";
  sendingApplication: string;
  sendingFacility?: string | undefined;
  receivingApplication?: string | undefined;
  receivingFacility?: string | undefined;
}

/** Message structures of the events (HL7 table 0354), which MSH-9 names since v2.3.1. */
const STRUCTURES: Readonly<Record<string, string>> = {
  A01: "ADT_A01",
  A03: "ADT_A03",
  A04: "ADT_A01",
  A08: "ADT_A01",
  A40: "ADT_A39",
};

export function header(
  { message }: Rendering,
  options: HeaderOptions,
  event: string,
  controlId: string,
  now: Date,
): void {
  const msh = message.header;
  set(msh, 3, options.sendingApplication);
  set(msh, 4, options.sendingFacility);
  set(msh, 5, options.receivingApplication);
  set(msh, 6, options.receivingFacility);
  set(msh, 7, timestamp(now));
  set(msh, 9, options.version === "2.3" ? ["ADT", event] : ["ADT", event, STRUCTURES[event]]);
  set(msh, 10, controlId);
  set(msh, 11, "P");
  set(msh, 12, options.version);
}

/** EVN from the Provenance of the Bundle, where it has one. */
export function eventSegment({ message, source, version }: Rendering, event: string, now: Date): void {
  const provenance = source.first("Provenance");
  const evn = message.addSegment("EVN");
  set(evn, 1, event);
  set(evn, 2, time(provenance, "recorded") ?? timestamp(now));
  if (!provenance) return;
  set(evn, 4, coded(provenance.list("reason")[0], eventReason));
  const operators = provenance.list("agent").filter(isEnterer);
  const people = operators.map((agent) => {
    const who = agent.child("who");
    return practitioner(source.resolve(who, provenance), who, version);
  });
  evn.setField(
    5,
    people.filter((person) => person !== undefined),
  );
  set(evn, 6, time(provenance, "occurredDateTime"));
  if (version !== "2.3") set(evn, 7, organization(provenance.child("location")));
}

function isEnterer(agent: FhirNode): boolean {
  return agent.child("type")?.list("coding")[0]?.text("code") === "enterer";
}
