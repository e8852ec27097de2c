import type { BillingRecord } from "../../hack/demo/standins/billing.ts";
import type { Sent } from "./load.ts";

/** A message as billing saw it, recognised by what is carried through every mapping. */
interface Seen {
  kind: "admission" | "eligibility";
  /** Visit, or for a merge surviving and merged patient: unique to a message only together with the event. */
  label: string;
}

const field = (message: string, segment: string, n: number): string => {
  const line = message.split("\r").find((l) => l.startsWith(`${segment}|`)) ?? "";
  return line.split("|")[n] ?? "";
};
const component = (value: string, n: number): string => value.split("^")[n - 1] ?? "";

/** The given name tells which message of its connection it was; merges carry it as well. */
export function seenOf({ message }: BillingRecord): Seen {
  const eligibility = field(message, "IN1", 2).startsWith("ELIGIBILITY");
  const visit = component(field(message, "PV1", 19), 1);
  const patient = component(field(message, "PID", 3), 1);
  const name = component(field(message, "PID", 5), 2);
  return eligibility ? { kind: "eligibility", label: visit } : { kind: "admission", label: `${patient} ${name}` };
}

export const labelOf = (s: Sent): string => `${s.patient} ${s.order}`;

/** Labels that occur more than once. */
export function repeated(labels: string[]): string[] {
  const seen = new Set<string>();
  return labels.filter((label) => seen.size === seen.add(label).size);
}

/**
 * Pairs of messages that share a patient (a merge has two) and arrived in another order than they were accepted in.
 * What did not arrive is passed over.
 */
export function outOfOrder(accepted: Sent[], arrivals: string[]): string[] {
  const at = new Map(arrivals.map((label, i) => [label, i]));
  const last = new Map<string, { position: number; label: string }>();
  const wrong: string[] = [];
  for (const sent of accepted) {
    const position = at.get(labelOf(sent));
    if (position === undefined) continue;
    for (const patient of [sent.patient, ...(sent.merged === undefined ? [] : [sent.merged])]) {
      const before = last.get(patient);
      if (before && before.position > position) wrong.push(`${before.label} after ${labelOf(sent)}`);
      last.set(patient, { position, label: labelOf(sent) });
    }
  }
  return wrong;
}
