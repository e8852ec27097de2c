import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { OnConflict } from "../../src/api/datadomain.ts";
import type { LineageRecord } from "../../src/api/lineage.ts";
import { readLineage } from "../../src/ledger/journey.ts";
import { withHub } from "../../src/main/hubcommand.ts";
import { admission } from "../builders/admission.ts";
import { EhrConnection } from "../builders/ehr.ts";
import { eventually } from "../builders/eventually.ts";
import { ownedManifests } from "../builders/owned.ts";
import { freePort } from "../builders/ports.ts";
import { type FasciaProcess, jsonLines, spawnFascia } from "../builders/process.ts";

// Billing tries to change allergies, which are the EHR's; the portal may change telecom only.

let dir = "";
let fascia: FasciaProcess;
let billing: EhrConnection;
let portalPort = 0;

async function start(allergies: OnConflict): Promise<void> {
  dir = await mkdtemp(join(tmpdir(), "fascia-owned-"));
  const billingPort = await freePort();
  portalPort = await freePort();
  await mkdir(join(dir, "manifests"));
  const places = { billingPort, portalPort, file: join(dir, "out.ndjson") };
  await writeFile(join(dir, "manifests/all.yaml"), ownedManifests(allergies, places));
  const options = ["--data", join(dir, "data"), "--telemetry", "off", "--json"];
  fascia = spawnFascia(["run", join(dir, "manifests"), ...options]);
  await fascia.ready;
  billing = new EhrConnection(billingPort);
}

afterEach(async () => {
  billing.close();
  await fascia.stop();
  await rm(dir, { recursive: true, force: true });
});

interface Said {
  resourceType: string;
  target?: unknown[];
  telecom?: unknown;
}

/** The resources of each message that arrived. */
async function arrived(): Promise<Said[][]> {
  const lines = jsonLines<{ entry: { resource: Said }[] }>(
    await readFile(join(dir, "out.ndjson"), "utf8").catch(() => ""),
  );
  return lines.map(({ entry }) => entry.map(({ resource }) => resource));
}

const normalised = async (): Promise<LineageRecord[]> => {
  const all = await withHub({ data: join(dir, "data") }, (hub) => readLineage(hub, 0, (r) => r.hop === "Normalised"));
  return all.filter(({ outcome }) => outcome !== undefined);
};

async function command(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await spawnFascia([...args, "--data", join(dir, "data")]).ended;
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** Of the same case, once with and once without allergies: HL7 v2 keeps them in AL1. */
const withAllergies = (controlId: string): Buffer => admission({ controlId, event: "A08" });
const withoutAllergies = (controlId: string): Buffer =>
  Buffer.from(
    withAllergies(controlId)
      .toString()
      .replace(/AL1.*?\r/, ""),
  );

async function post(body: object): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${portalPort}/profiles`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });
  return { status: response.status, text: await response.text() };
}

const bundle = (...resources: object[]) => ({
  resourceType: "Bundle",
  type: "collection",
  entry: resources.map((resource) => ({ resource })),
});
const IDENTITY = { resourceType: "Patient", id: "p1", identifier: [{ system: "urn:mrn", value: "MRN4711" }] };
const TELECOM = [{ system: "phone", value: "+49 30 0000000" }];

/** What stands in these messages and may stand nowhere else. */
const CONTENT = /Inventicillin|Testperson|MRN4711|\+49|MEMBER|19700101/;
const FOREIGN =
  /^ownership\/foreign-field: .* billing does not own: AllergyIntolerance \(ehr\), Patient \(ehr\) by DataDomain care, which care <care@hospital\.example> answers for/;
const WITHOUT_PATIENT = { outcome: "Published", rule: "ownership/foreign-field" };

describe("billing sends allergies", () => {
  test("which are stripped: the rest arrives, and nothing tells of them but lineage", async () => {
    await start("Strip");
    expect(await billing.send(withAllergies("C1"))).toBe("AA");
    await eventually(async () => expect(await arrived()).toHaveLength(1));
    const [message = []] = await arrived();
    const types = message.map(({ resourceType }) => resourceType);
    expect(new Set(types)).toEqual(new Set(["Encounter", "Coverage", "RelatedPerson", "Provenance"]));
    const targets = JSON.stringify(message.find(({ resourceType }) => resourceType === "Provenance")?.target);
    expect(targets).toContain("Encounter/");
    expect(targets).not.toMatch(/AllergyIntolerance|Patient/);
    const records = await normalised();
    const stripped = ["AllergyIntolerance", "Patient"];
    expect(records).toEqual([expect.objectContaining({ ...WITHOUT_PATIENT, stripped })]);
    const trace = await command("trace", records[0]?.messageId ?? "");
    expect(trace).toContain("without AllergyIntolerance, Patient (ownership/foreign-field)");
  });

  test("which put the message aside, whole, and blocks nobody", async () => {
    await start("Quarantine");
    expect(await billing.send(withAllergies("C1"))).toBe("AA");
    expect(await billing.send(withoutAllergies("C2"))).toBe("AA");
    await eventually(async () => expect(await normalised()).toHaveLength(2));
    const [aside, published] = await normalised();
    expect(aside).toMatchObject({ outcome: "Quarantined", rule: "ownership/foreign-field" });
    expect(aside?.reason).toMatch(FOREIGN);
    expect(published).toMatchObject({ ...WITHOUT_PATIENT, stripped: ["Patient"] });
    expect(await command("quarantine", "list")).toContain("ownership/foreign-field");
    expect(JSON.stringify(await normalised()) + fascia.output().stderr).not.toMatch(CONTENT);
  });

  test("which are refused: it is told no, nothing is kept, and without them the same message is taken", async () => {
    await start("Reject");
    expect(await billing.send(withAllergies("C1"))).toBe("AR");
    expect(await billing.send(withoutAllergies("C1"))).toBe("AA");
    await eventually(async () => expect(await arrived()).toHaveLength(1));
    await eventually(async () => expect(await normalised()).toHaveLength(2));
    const [rejected, published] = await normalised();
    expect(rejected).toMatchObject({ outcome: "Rejected", rule: "ownership/foreign-field" });
    expect(rejected?.reason).toMatch(FOREIGN);
    expect(published).toMatchObject({ ...WITHOUT_PATIENT, messageId: rejected?.messageId });
    expect(await command("quarantine", "list")).toContain("Nothing is in quarantine");
    const refused = await post(bundle({ resourceType: "AllergyIntolerance", code: { text: "Inventicillin" } }));
    expect(refused.status).toBe(422);
    expect(refused.text).toContain("AllergyIntolerance (ehr) by DataDomain care");
    const told = JSON.stringify(await normalised()) + fascia.output().stderr + refused.text;
    expect(told).not.toMatch(CONTENT);
    expect(await command("trace", rejected?.messageId ?? "")).toMatch(/Rejected .*ownership\/foreign-field/);
  });
});

test("the portal changes telecom, and nothing else of a patient", async () => {
  await start("Quarantine");
  const whole = { ...IDENTITY, name: [{ family: "Testperson" }], telecom: TELECOM, birthDate: "1970-01-01" };
  expect((await post(bundle(whole))).status).toBe(202);
  await eventually(async () => expect(await arrived()).toEqual([[{ ...IDENTITY, telecom: TELECOM }]]));
  const { telecom: _, ...foreign } = whole;
  expect((await post(bundle(foreign))).status).toBe(202);
  await eventually(async () => expect(await normalised()).toHaveLength(2));
  expect((await normalised()).map(({ outcome, stripped }) => [outcome, stripped])).toEqual([
    ["Published", ["Patient"]],
    ["Stripped", ["Patient"]],
  ]);
  expect((await post(bundle({ ...IDENTITY, telecom: TELECOM }))).status).toBe(202);
  await eventually(async () => expect(await normalised()).toHaveLength(3));
  await eventually(async () => expect(await arrived()).toHaveLength(2));
  expect((await normalised()).at(-1)).not.toHaveProperty("stripped");
});
