import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { admission } from "../builders/admission.ts";
import { EhrConnection } from "../builders/ehr.ts";
import { eventually } from "../builders/eventually.ts";
import { ownedManifests } from "../builders/owned.ts";
import { freePort } from "../builders/ports.ts";
import { type FasciaProcess, spawnFascia } from "../builders/process.ts";
import { FhirServer } from "../conformance/peers/fhirserver.ts";

// The hospital of `ownedManifests` writes into a FHIR server, by routes that put in what their sources do not own.

const BILLING_MAP = `$merge([$, {"entry": $append(entry, [
  {"resource": {"resourceType": "AllergyIntolerance", "id": "a1", "code": {"text": "none"}}},
  {"resource": {"resourceType": "Patient", "id": "p1", "name": [{"family": "Wrong"}], "telecom": [{"value": "0"}]}}])}])`;
const PORTAL_MAP = `{"resourceType": "Bundle", "type": "collection",
  "entry": [entry.{"resource": $merge([resource, {"name": [{"family": "Wrong"}]}])}]}`;
const ALLERGY = { resourceType: "AllergyIntolerance", id: "a1", code: { text: "nuts" } };
const PATIENT = { resourceType: "Patient", id: "p1", birthDate: "1970-01-01", telecom: [{ value: "0" }] };

let dir = "";
let server: FhirServer;
let fascia: FasciaProcess;
let billing: EhrConnection;
let ports: { billingPort: number; portalPort: number; ehrPort: number };

/** What the sample lacks: the EHR, which says of patients what is its own, and writes by a target of its own. */
const ehr = (url: string, port: number): string => `---
apiVersion: fascia.dev/v1alpha1
kind: Adapter
metadata: { name: ehr }
spec:
  system: ehr
  owner: care <care@hospital.example>
  http: { source: { port: ${port}, path: /profiles } }
  emits: [{ contract: profile, version: 1.0.0, key: entry.resource.id }]
---
apiVersion: fascia.dev/v1alpha1
kind: Adapter
metadata: { name: records }
spec:
  system: records
  owner: care <care@hospital.example>
  fhir: { target: { url: "${url}", interaction: Transaction } }
  clearance: Restricted
  accepts: [{ contract: profile, version: 1.0.0 }]
---
apiVersion: fascia.dev/v1alpha1
kind: Integration
metadata: { name: patients }
spec:
  owner: care <care@hospital.example>
  event: { from: { contract: profile, version: ^1.0.0, adapters: [ehr] }, to: [{ adapter: records }] }
`;

const mapped = (map: string): string => `to: [{ adapter: sink, map: ${JSON.stringify(map)} }]`;

const manifests = (url: string): string =>
  ownedManifests("Strip", { ...ports, file: "/nowhere" })
    .replace("file: { target: { path: /nowhere } }", `fhir: { target: { url: "${url}" } }`)
    .replace(
      "emits: [{ contract: profile, version: 1.0.0 }]",
      "emits: [{ contract: profile, version: 1.0.0, key: entry.resource.id }]",
    )
    .replace(
      /(contract: cases, version: \^1\.0\.0 \}, )to: \[\{ adapter: sink \}\]/,
      (_all, from: string) => from + mapped(BILLING_MAP),
    )
    .replace(
      /contract: profile, version: \^1\.0\.0 \}, to: \[\{ adapter: sink \}\]/,
      () => `contract: profile, version: ^1.0.0, adapters: [portal] }, ${mapped(PORTAL_MAP)}`,
    ) + ehr(url, ports.ehrPort);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "fascia-ownedtarget-"));
  server = await new FhirServer().listen();
  ports = { billingPort: await freePort(), portalPort: await freePort(), ehrPort: await freePort() };
  await mkdir(join(dir, "manifests"));
  await writeFile(join(dir, "manifests/all.yaml"), manifests(server.url));
  const options = ["--data", join(dir, "data"), "--telemetry", "off", "--json"];
  fascia = spawnFascia(["run", join(dir, "manifests"), ...options]);
  await fascia.ready;
  billing = new EhrConnection(ports.billingPort);
  await server.put(ALLERGY);
  await server.put(PATIENT);
});

afterEach(async () => {
  billing.close();
  await fascia.stop();
  await server.close();
  await rm(dir, { recursive: true, force: true });
});

async function say(port: number, members: object): Promise<void> {
  const resource = { resourceType: "Patient", id: "p1", ...members };
  const response = await fetch(`http://127.0.0.1:${port}/profiles`, {
    method: "POST",
    body: JSON.stringify({ resourceType: "Bundle", type: "collection", entry: [{ resource }] }),
    headers: { "content-type": "application/json" },
  });
  await response.arrayBuffer();
  expect(response.status).toBe(202);
}

test("billing changes neither allergies nor patients, even by a route that puts them in", async () => {
  expect(await billing.send(admission({ controlId: "C1", event: "A08" }))).toBe("AA");
  await eventually(async () => expect(server.asked.join()).toContain("PUT /Provenance/"));
  expect(server.asked.join()).toContain("PUT /Encounter/");
  expect(server.asked.join()).not.toMatch(/AllergyIntolerance|Patient/);
  expect(await server.get("AllergyIntolerance", "a1")).toEqual(ALLERGY);
  expect(await server.get("Patient", "p1")).toEqual(PATIENT);
});

test("the portal changes telecom and the EHR the rest, at the same time, and neither undoes the other", async () => {
  for (let n = 1; n <= 10; n++) {
    await Promise.all([
      say(ports.portalPort, { telecom: [{ value: `${n}` }], birthDate: "2000-01-01" }),
      say(ports.ehrPort, { birthDate: "1970-01-01", gender: `g${n}`, telecom: [{ value: "ehr" }] }),
    ]);
  }
  const expected = { ...PATIENT, gender: "g10", telecom: [{ value: "10" }] };
  await eventually(async () => expect(await server.get("Patient", "p1")).toEqual(expected));
});
