import { readFile } from "node:fs/promises";
import type { Hospital } from "./hospital.ts";

/** The clinic's sample with its webhook on `port` and the patient app for its records. */
export async function clinicManifest(hospital: Hospital, port: number): Promise<string> {
  const text = await readFile("config/samples/clinic/clinic.yaml", "utf8");
  return text.replace("port: 8090", `port: ${port}`).replace("http://127.0.0.1:8091/fhir", hospital.app.address);
}

/** Posts an appointment to the webhook; the status of the answer. */
export async function book(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/appointments`, {
    method: "POST",
    body: JSON.stringify({ id: "A-1", status: "booked", patient: "P-1" }),
    headers: { "content-type": "application/json", authorization: "Bearer change-me", "idempotency-key": "1" },
  });
  await response.arrayBuffer();
  return response.status;
}
