import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LineageRecord } from "../../src/api/lineage.ts";
import { type Admission, admission } from "./admission.ts";
import type { Hospital } from "./hospital.ts";
import { jsonLines } from "./process.ts";

/** Systems of the hospital that can be told to misbehave. */
export const SYSTEMS = ["eligibility", "patient-app", "billing"] as const;
export type System = (typeof SYSTEMS)[number];

/** The hospital's manifests with retries and time-outs that a test can wait for. */
export function impatient(file: string, text: string): string {
  if (file === "integrations.yaml") {
    const retry = "retry: { attempts: 3, initialDelaySeconds: 0.05, maxDelaySeconds: 0.3 }";
    return text
      .replace(/\n {8}retry:\n(?: {10}.*\n)+/, "\n")
      .replaceAll(/^( +)- adapter: (\S+)$/gm, `$1- adapter: $2\n$1  ${retry}`);
  }
  if (file === "eligibility.yaml") return text.replace("timeoutSeconds: 10", "timeoutSeconds: 1");
  if (file === "patient-app.yaml") return text.replace(/^( +)(url: .*)$/m, "$1$2\n$1timeoutSeconds: 1");
  if (file === "billing.yaml") return text.replace("idempotent: false", "idempotent: false\n      timeoutSeconds: 1");
  return text;
}

/** An admission that every system can be asked about by its `visit`, which is the patient's given name as well. */
export const labelled = (label: string, patient: string, more: Partial<Admission> = {}): Admission => ({
  controlId: label,
  event: "A01",
  patient,
  visit: label,
  name: `Invented^${label}`,
  ...more,
});

/** What stands in such an admission, and in nothing that it causes, when `system` gets it. */
export const markOf = (system: System, label: string): string => (system === "billing" ? `^${label}|` : `"${label}"`);

/** Labels of the admissions that `system` got, in order, as often as it got them; with `taken` of those it took. */
export function arrivals(hospital: Hospital, system: System, taken = true): string[] {
  if (system === "eligibility")
    return hospital.eligibility.received.filter((r) => r.taken || !taken).map((r) => String(r.request["visit"]));
  if (system === "billing")
    return hospital.billing.received
      .filter((r) => (r.taken || !taken) && !r.message.includes("|ELIGIBILITY|"))
      .map((r) => /\rPID\|(?:[^|]*\|){4}[^|^]*\^([^|^]*)/.exec(r.message)?.[1] ?? "");
  return hospital.app.received
    .filter((r) => (r.taken || !taken) && r.resource.resourceType === "Patient")
    .map((r) => (r.resource as { name?: { given?: string[] }[] }).name?.[0]?.given?.[0] ?? "");
}

/** Patients whose eligibility results reached billing, by visit. */
export const results = (hospital: Hospital): string[] =>
  hospital.billing.received
    .filter((r) => r.taken && r.message.includes("|ELIGIBILITY|"))
    .map((r) => /\rPV1\|(?:[^|]*\|){18}([^|^\r]*)/.exec(r.message)?.[1] ?? "");

/** The journey of a message, as `fascia trace` tells it. */
export async function journeyOf(hospital: Hospital, message: Admission): Promise<LineageRecord[]> {
  const dir = await mkdtemp(join(tmpdir(), "fascia-trace-"));
  try {
    const file = join(dir, "message.hl7");
    await writeFile(file, admission(message));
    return jsonLines<LineageRecord>(await hospital.command("trace", "--file", file, "--json"));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Outcomes of a message at one adapter, oldest first. */
export const outcomesAt = (journey: LineageRecord[], system: string, integration?: string): string[] =>
  journey
    .filter((r) => r.adapter === `default/${system}` && (integration === undefined || r.integration === integration))
    .filter((r) => r.hop === "Delivery" || r.hop === "Parked")
    .map((r) => r.outcome ?? r.hop);

export interface QuarantineLine {
  id: string;
  stage: string;
  where: string;
  outcome: string;
  reason: string;
  messageId: string;
  /** When it was put aside, ISO 8601. */
  since: string;
}

/** What `fascia quarantine list` shows. */
export const quarantineOf = async (hospital: Hospital): Promise<QuarantineLine[]> =>
  jsonLines<QuarantineLine>(await hospital.command("quarantine", "list", "--json"));
