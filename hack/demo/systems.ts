import { type FSWatcher, closeSync, openSync, readSync, statSync, watch } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { auditArrival, billingArrival, questionArrival, resourceArrival } from "./arrivals.ts";
import type { Arrival } from "./scenario.ts";
import { createBilling } from "./standins/billing.ts";
import { createEligibility } from "./standins/eligibility.ts";
import { createPatientApp } from "./standins/patientapp.ts";

/** Where the sample's Adapters look for their systems. */
export const PORTS = { ehr: 2575, billing: 2576, eligibility: 8081, patientApp: 8082 };
const AUDIT_FILE = ".fascia/audit.ndjson";

export interface Systems {
  /** Addresses by name, for people. */
  addresses: Record<string, string>;
  close(): Promise<void>;
}

/** Starts the systems around the hub; `onArrival` hears of everything that reaches one of them. */
export async function startSystems(onArrival: (arrival: Arrival) => void): Promise<Systems> {
  const started: { close(): Promise<void> }[] = [];
  const close = async () => {
    for (const system of started.toReversed()) await system.close();
  };
  try {
    const eligibility = await createEligibility({
      port: PORTS.eligibility,
      idempotent: true,
      onReceived: (record) => onArrival(questionArrival(record)),
    });
    started.push(eligibility);
    const billing = await createBilling({
      port: PORTS.billing,
      onReceived: (record) => onArrival(billingArrival(record)),
    });
    started.push(billing);
    const patientApp = await createPatientApp({
      port: PORTS.patientApp,
      onReceived: (record) => onArrival(resourceArrival(record)),
    });
    started.push(patientApp);
    started.push(await followAudit((line) => onArrival(auditArrival(line))));
    const addresses = {
      "eligibility service": eligibility.address,
      billing: `mllp://${billing.address}`,
      "patient app": patientApp.address,
      "audit feed": AUDIT_FILE,
    };
    return { addresses, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Reports each line that is added to the audit feed from now on. */
async function followAudit(onLine: (line: string) => void): Promise<{ close(): Promise<void> }> {
  await mkdir(dirname(AUDIT_FILE), { recursive: true });
  const file = openSync(AUDIT_FILE, "a+");
  const chunk = Buffer.alloc(64 * 1024);
  let position = statSync(AUDIT_FILE).size;
  let rest = "";
  function read(): void {
    for (let size = -1; size !== 0; position += size) {
      size = readSync(file, chunk, 0, chunk.length, position);
      const lines = (rest + chunk.toString("utf8", 0, size)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line);
    }
  }
  const watcher: FSWatcher = watch(dirname(AUDIT_FILE), (_event, name) => {
    if (name === basename(AUDIT_FILE)) read();
  });
  return {
    close: async () => {
      watcher.close();
      closeSync(file);
    },
  };
}
