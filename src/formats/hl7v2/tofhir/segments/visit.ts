import type { Encounter } from "../../../fhir/resources.ts";
import type { Reference } from "../../../fhir/types.ts";
import type { Conversion } from "../conversion.ts";
import { assignerOf, identifier } from "../datatypes/identifier.ts";
import { Practitioners } from "../datatypes/people.ts";
import type { SegmentReader } from "../reader.ts";
import { encounter } from "./pv1.ts";
import { additionalVisit } from "./pv2.ts";

/** HL7's own way to say that a required PV1 means no visit. */
const NO_VISIT = "N";

/**
 * The Encounter of a patient's PV1, PV2 and PID-18. Known by the visit number (PV1-19); without one by an alternate
 * visit id (PV1-50), the account (PID-18), the time of admission (PV1-44), and last by nothing but its class, so that
 * the discharge still finds the admission. A PV1 of class N with none of these is no visit.
 */
export function visit(
  segments: { pid: SegmentReader; pv1: SegmentReader | undefined; pv2: SegmentReader | undefined },
  event: string,
  subject: Reference,
  conversion: Conversion,
): void {
  const { pid, pv1, pv2 } = segments;
  if (!pv1) return;
  const account = identifier(pid.first(18), conversion, "AN");
  const people = new Practitioners(conversion);
  const result = encounter(pv1, event, subject, people, conversion);
  if (account) result.account = [{ type: "Account", identifier: account }];
  if (pv2) additionalVisit(pv2, result, people, conversion);
  if (people.contained.length > 0) result.contained = people.contained;
  const key = visitKey(result, subject);
  if (key) conversion.add(result, ...key);
  else conversion.report("PV1", "no visit");
}

function visitKey(result: Encounter, subject: Reference): string[] | undefined {
  const own = result.identifier?.[0] ?? result.account?.[0]?.identifier;
  if (own?.value)
    return own.system || own.assigner ? [assignerOf(own), own.value] : [subject.reference ?? "", own.value];
  const start = result.period?.start;
  if (start !== undefined) return [subject.reference ?? "", "start", start];
  return result.class.code === NO_VISIT ? undefined : [subject.reference ?? "", "class", result.class.code ?? ""];
}
