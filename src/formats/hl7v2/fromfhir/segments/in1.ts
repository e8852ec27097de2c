import type { FhirNode } from "../../../fhir/node.ts";
import { codingSystemName } from "../../codes/systems.ts";
import { administrativeSex, relationship } from "../../codes/person.ts";
import { planType } from "../../codes/visit.ts";
import type { RepetitionInput } from "../../compose.ts";
import type { Segment } from "../../segment.ts";
import { PLAN_ID, POLICY_NUMBER, SUBSCRIBER_ID } from "../../tofhir/segments/in1.ts";
import { codeOnly, coded, plainCode } from "../datatypes/coded.ts";
import { authority, extendedId, extendedIds } from "../datatypes/identifier.ts";
import { personNames, postalAddress } from "../datatypes/person.ts";
import { contactPoints } from "../datatypes/telecom.ts";
import { day, time } from "../datatypes/time.ts";
import { type Rendering, set } from "../rendering.ts";

/** IN1 for each Coverage. */
export function insuranceSegments(rendering: Rendering): void {
  rendering.source.all("Coverage").forEach((coverage, index) => {
    const in1 = rendering.message.addSegment("IN1");
    set(in1, 1, String(index + 1));
    set(in1, 2, plan(coverage));
    payor(in1, rendering, coverage);
    const group = classOf(coverage, "group");
    set(in1, 8, group?.text("value"));
    set(in1, 9, group?.text("name"));
    policyHolder(in1, coverage.child("policyHolder"));
    set(in1, 12, day(coverage.child("period"), "start"));
    set(in1, 13, day(coverage.child("period"), "end"));
    set(in1, 15, codeOnly(coverage.child("type"), planType));
    insured(in1, rendering, coverage);
    const order = coverage.number("order");
    if (order !== undefined) set(in1, 22, String(order));
    const subplan = classOf(coverage, "subplan");
    if (subplan) set(in1, 35, [subplan.text("value"), subplan.text("name")]);
    set(in1, 36, identifierOf(coverage, POLICY_NUMBER)?.text("value"));
    const member = extendedId(coverage.extension(SUBSCRIBER_ID)?.child("valueIdentifier"));
    set(in1, 49, member ?? coverage.text("subscriberId"));
  });
}

/** IN1-2, which is required: the plan, by id and name. */
function plan(coverage: FhirNode): RepetitionInput | undefined {
  const identifier = identifierOf(coverage, PLAN_ID);
  const named = classOf(coverage, "plan");
  const id = identifier?.text("value") ?? named?.text("value");
  if (id === undefined) return undefined;
  const system = identifier?.text("system");
  return [id, named?.text("name"), system && codingSystemName(system)];
}

function payor(in1: Segment, { source, version }: Rendering, coverage: FhirNode): void {
  const reference = coverage.list("payor")[0];
  const organization = source.resolve(reference, coverage);
  if (!organization) {
    set(in1, 3, extendedId(reference?.child("identifier")));
    set(in1, 4, reference?.text("display"));
    return;
  }
  in1.setField(3, extendedIds(organization.list("identifier")));
  set(in1, 4, organization.text("name"));
  in1.setField(5, organization.list("address").map(postalAddress));
  const contacts = organization.list("contact").flatMap((contact) => contact.child("name") ?? []);
  in1.setField(6, personNames(contacts, version));
  in1.setField(7, contactPoints(organization.list("telecom")));
}

function policyHolder(in1: Segment, employer: FhirNode | undefined): void {
  const identifier = employer?.child("identifier");
  if (!employer) return;
  set(in1, 10, identifier && [identifier.text("value"), undefined, undefined, authority(identifier)]);
  set(in1, 11, employer.text("display"));
}

/** IN1-16 to IN1-19 and IN1-43, of the Patient or RelatedPerson who holds the insurance. */
function insured(in1: Segment, { source, version }: Rendering, coverage: FhirNode): void {
  const kind = coverage.child("relationship");
  set(in1, 17, version === "2.3" ? codeOnly(kind, relationship) : coded(kind, relationship));
  const subscriber = source.resolve(coverage.child("subscriber"), coverage);
  if (!subscriber) return;
  in1.setField(16, personNames(subscriber.list("name").slice(0, 1), version));
  set(in1, 18, time(subscriber, "birthDate"));
  in1.setField(19, subscriber.list("address").map(postalAddress));
  set(in1, 43, plainCode(subscriber, "gender", administrativeSex));
}

function identifierOf(coverage: FhirNode, type: string): FhirNode | undefined {
  return coverage.list("identifier").find((identifier) => identifier.child("type")?.text("text") === type);
}

function classOf(coverage: FhirNode, code: string): FhirNode | undefined {
  return coverage.list("class").find((entry) => entry.child("type")?.list("coding")[0]?.text("code") === code);
}
