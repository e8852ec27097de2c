import type { Arrival } from "./scenario.ts";
import type { BillingRecord } from "./standins/billing.ts";
import type { EligibilityRecord } from "./standins/eligibility.ts";
import type { PatientAppRecord } from "./standins/patientapp.ts";

/** What systems received, as the scenario tells of it. */

export function questionArrival({ at, request }: EligibilityRecord): Arrival {
  const example = `is member ${String(request["memberId"])} covered?`;
  return { system: "eligibility", what: "question", at, example, raw: JSON.stringify(request) };
}

export function billingArrival({ at, event, message, controlId }: BillingRecord): Arrival {
  const isResult = message.includes("\rIN1|1|ELIGIBILITY|");
  const what = isResult ? `${event} (eligibility result)` : event;
  const version = message.split("\r", 1)[0]?.split("|")[11] ?? "";
  return { system: "billing", what, at, example: `ADT^${event} ${controlId}, HL7 v${version}`, raw: message };
}

export function resourceArrival({ at, resource }: PatientAppRecord): Arrival {
  const example = `PUT with id ${resource.id.slice(0, 8)}…`;
  return { system: "patient app", what: resource.resourceType, at, example, raw: JSON.stringify(resource) };
}

export function auditArrival(line: string): Arrival {
  const { event = "", source, contract, version } = JSON.parse(line) as Record<string, string>;
  const example = `${event} of ${contract} ${version} from ${source}`;
  return { system: "audit", what: event, at: Date.now(), example, raw: line };
}
