import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { auditArrival, billingArrival, questionArrival, resourceArrival } from "../../hack/demo/arrivals.ts";
import type { Arrival } from "../../hack/demo/scenario.ts";
import type { BillingRecord } from "../../hack/demo/standins/billing.ts";
import { connectEhr } from "../../hack/demo/standins/ehr.ts";
import type { EligibilityRecord } from "../../hack/demo/standins/eligibility.ts";
import type { PatientAppRecord } from "../../hack/demo/standins/patientapp.ts";
import { step } from "./progress.ts";
import { DEMO } from "./release.ts";
import { kubectl } from "./tools.ts";

const MESSAGES = fileURLToPath(new URL("../../config/samples/hospital/messages/", import.meta.url));
/** As hack/demo/kustomization.yaml says. */
export const EHR_PORT = 30_575;
const ADAPTER_PODS = "--selector=app.kubernetes.io/component=adapter";

/** The sample hospital with its systems, everything ready. */
export async function applyHospital(): Promise<void> {
  await step("kubectl apply -k hack/demo", () => kubectl("apply", undefined, "-k", DEMO));
  await step("kubectl wait --for=condition=Ready fascia --all", () => untilReady("fascia", "--all"));
  await step("the systems around it are there", () =>
    kubectl("wait", undefined, "--for=condition=Available", "deployment", "billing", "eligibility", "patient-app"),
  );
}

export async function deleteHospital(): Promise<void> {
  await step("kubectl delete -k hack/demo", () =>
    kubectl("delete", undefined, "-k", DEMO, "--ignore-not-found", "--timeout=120s"),
  );
}

export const untilReady = (...which: string[]): Promise<string> =>
  kubectl("wait", undefined, "--for=condition=Ready", ...which, "--timeout=60s");

/** Address of a node: node ports are open there. */
export function nodeAddress(): Promise<string> {
  const path = `{.items[0].status.addresses[?(@.type=="InternalIP")].address}`;
  return kubectl("get", undefined, "nodes", `--output=jsonpath=${path}`);
}

/** Sends one of the sample's messages as the EHR does; gives MSA-1 of the answer. */
export async function send(file: string): Promise<string | undefined> {
  const text = await readFile(`${MESSAGES}${file}`, "utf8");
  const ehr = await connectEhr(EHR_PORT, await nodeAddress());
  const { code } = await ehr.send(text.replace(/\r?\n/g, "\r"));
  ehr.close();
  return code;
}

export const billed = (): Promise<BillingRecord[]> => journalOf("billing");
export const asked = (): Promise<EligibilityRecord[]> => journalOf("eligibility");
const stored = (): Promise<PatientAppRecord[]> => journalOf("patient-app");

/** Everything that reached one of the systems by now. */
export async function arrivals(): Promise<Arrival[]> {
  const [bills, questions, resources, lines] = await Promise.all([billed(), asked(), stored(), audited()]);
  return [
    ...bills.map(billingArrival),
    ...questions.map(questionArrival),
    ...resources.map(resourceArrival),
    ...lines.map(auditArrival),
  ];
}

const audited = (): Promise<string[]> => linesOf("fascia-audit", "/var/lib/fascia/.fascia/audit.ndjson");

/** What a stand-in received, also what it did not take. */
async function journalOf<R>(system: string): Promise<R[]> {
  const lines = await linesOf(system, "/journal/received.ndjson");
  return lines.map((line) => JSON.parse(line) as R);
}

/** Whole lines of a file in a pod; none where there is no file yet. */
async function linesOf(deployment: string, file: string): Promise<string[]> {
  const script = `process.stdout.write(fs.existsSync("${file}") ? fs.readFileSync("${file}") : "")`;
  const text = await kubectl("exec", undefined, `deployment/${deployment}`, "--", "node", "-e", script);
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "");
}

interface Pod {
  metadata: { name: string; deletionTimestamp?: string };
  status: { containerStatuses?: { restartCount: number }[] };
}

/** `<name> <restarts>` of each pod of an Adapter: another list means that somebody replaced or restarted one. */
export async function adapterPods(): Promise<string[]> {
  const { items } = JSON.parse(await kubectl("get", undefined, "pods", ADAPTER_PODS, "--output=json")) as {
    items: Pod[];
  };
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata, status }) => `${metadata.name} ${status.containerStatuses?.[0]?.restartCount}`)
    .sort();
}
