import type { Coverage, Organization, Patient } from "../../../fhir/resources.ts";
import type { Identifier, Reference } from "../../../fhir/types.ts";
import { codingSystem } from "../../codes/systems.ts";
import { planType } from "../../codes/visit.ts";
import { filled, put } from "../assign.ts";
import type { Conversion } from "../conversion.ts";
import { addresses } from "../datatypes/address.ts";
import { concept } from "../datatypes/coded.ts";
import { identifier, identifiers, periodOf } from "../datatypes/identifier.ts";
import { names } from "../datatypes/name.ts";
import { positiveInteger } from "../datatypes/number.ts";
import { organizationByName, organizationOf } from "../datatypes/people.ts";
import { telecoms } from "../datatypes/telecom.ts";
import { dateTime } from "../datatypes/time.ts";
import type { SegmentReader } from "../reader.ts";
import { subscriber } from "./insured.ts";

const COVERAGE_CLASS = "http://terminology.hl7.org/CodeSystem/coverage-class";
export const SUBSCRIBER_ID = "http://hl7.org/fhir/R5/StructureDefinition/extension-subscriberId";
const ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

/** Texts that tell the identifiers of a Coverage apart; HL7 table 0203 has no codes for them. */
export const PLAN_ID = "health plan id";
export const POLICY_NUMBER = "policy number";

/** IN1[Coverage] of the guide. */
export function coverage(in1: SegmentReader, patient: Patient, beneficiary: Reference, conversion: Conversion): void {
  in1.ignore(1);
  const { timeZone } = conversion.context;
  const payor = payorOrganization(in1, conversion);
  const result: Coverage = {
    resourceType: "Coverage",
    id: "",
    status: "active",
    beneficiary,
    payor: [payor ? payorReference(payor) : { extension: [{ url: ABSENT, valueCode: "unknown" }] }],
  };
  if (payor) result.contained = [payor];
  put(result, "identifier", filled(coverageIdentifiers(in1)));
  put(result, "type", concept(in1.first(15), conversion, planType));
  put(result, "policyHolder", policyHolder(in1, conversion));
  subscriber(result, in1, patient, conversion);
  memberId(result, in1, conversion);
  put(result, "period", periodOf(dateTime(in1.first(12), timeZone), dateTime(in1.first(13), timeZone)));
  put(result, "class", filled(classes(in1)));
  put(result, "order", positiveInteger(in1.first(22), 1, conversion));
  const key = [
    payor?.identifier?.[0]?.value ?? payor?.name ?? "",
    ...(result.identifier ?? []).map((id) => id.value ?? ""),
  ];
  conversion.add(result, beneficiary.reference ?? "", ...key);
}

/** IN1-3 to IN1-7: the insurer, contained with address and telephone. */
function payorOrganization(in1: SegmentReader, conversion: Conversion): Organization | undefined {
  const [organization, ...others] = in1
    .all(4)
    .map(organizationOf)
    .filter((value) => value !== undefined);
  const result: Organization = { resourceType: "Organization", id: "payor" };
  put(result, "identifier", filled([...identifiers(in1.all(3), conversion), ...(organization?.identifier ?? [])]));
  put(result, "name", organization?.name);
  put(result, "alias", filled(others.flatMap((other) => other.name ?? [])));
  put(result, "telecom", filled(telecoms(in1.all(7), conversion, "work")));
  put(result, "address", filled(addresses(in1.all(5), conversion)));
  put(result, "contact", filled(names(in1.all(6), conversion).map((person) => ({ name: person }))));
  return result.identifier || result.name || result.address ? result : undefined;
}

function payorReference(payor: Organization): Reference {
  const result: Reference = { reference: `#${payor.id}`, type: "Organization" };
  put(result, "identifier", payor.identifier?.[0]);
  put(result, "display", payor.name);
  return result;
}

/** IN1-2, as the guide has it, and IN1-36, on which it is silent. */
function coverageIdentifiers(in1: SegmentReader): Identifier[] {
  const result: Identifier[] = [];
  const plan = in1.first(2);
  const planId = plan?.text(1);
  if (plan && planId !== undefined) {
    const system = plan.text(3);
    const id: Identifier = { type: { text: PLAN_ID }, value: planId };
    if (system !== undefined) id.system = codingSystem(system).uri;
    result.push(id);
  }
  const policy = in1.text(36);
  if (policy !== undefined) result.push({ type: { text: POLICY_NUMBER }, value: policy });
  return result;
}

/** IN1-10 and IN1-11: the insured's employer. */
function policyHolder(in1: SegmentReader, conversion: Conversion): Reference | undefined {
  const employerId = identifier(in1.first(10), conversion);
  const employer = organizationByName(in1.first(11));
  if (!employerId) return employer;
  return { type: "Organization", ...employer, identifier: employerId };
}

/** Plan (IN1-2 by name, IN1-35) and group (IN1-8, IN1-9), which the guide leaves out. */
function classes(in1: SegmentReader): NonNullable<Coverage["class"]> {
  const result: NonNullable<Coverage["class"]> = [];
  const add = (code: string, value: string | undefined, label: string | undefined): void => {
    if (value === undefined && label === undefined) return;
    const entry = { type: { coding: [{ system: COVERAGE_CLASS, code }] }, value: value ?? label ?? "" };
    result.push(label === undefined ? entry : { ...entry, name: label });
  };
  add("group", in1.text(8), in1.text(9));
  const plan = in1.first(2);
  add("plan", plan?.text(1), plan?.text(2));
  const companyPlan = in1.first(35);
  add("subplan", companyPlan?.text(1), companyPlan?.text(2));
  return result;
}

/** IN1-49, as R4 has it and, with its assigner, as the guide has it. */
function memberId(result: Coverage, in1: SegmentReader, conversion: Conversion): void {
  const member = identifier(in1.first(49), conversion);
  if (!member?.value) return;
  result.subscriberId = member.value;
  result.extension = [{ url: SUBSCRIBER_ID, valueIdentifier: member }];
}
