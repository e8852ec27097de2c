import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Permissions, permissionsOf } from "../../src/compile/permissions.ts";
import { type Signer, mintCredentials } from "../../src/jetstream/usertoken.ts";
import { writePrivateFile } from "../../src/standalone/privatefile.ts";
import { type NatsAccounts, createAccounts } from "../builders/natsaccounts.ts";
import { admission } from "../builders/admission.ts";
import { EhrConnection } from "../builders/ehr.ts";
import { eventually } from "../builders/eventually.ts";
import { type Hospital, createHospital } from "../builders/hospital.ts";
import { type TestNats, startNats } from "../builders/nats.ts";
import type { FasciaProcess } from "../builders/process.ts";
import { Load, type Sent } from "../chaos/load.ts";
import { labelOf, outOfOrder, repeated, seenOf } from "../chaos/verdict.ts";

const ADAPTERS = ["ehr", "billing", "eligibility", "patient-app", "audit"];
const DOMAINS = ["registration"];
let accounts: NatsAccounts;
let nats: TestNats;
let hospital: Hospital;
let dir = "";

beforeEach(async () => {
  accounts = createAccounts("OwnAccount");
  dir = await mkdtemp(join(tmpdir(), "fascia-creds-"));
  nats = await startNats({ sync: "always", more: accounts.config });
  hospital = await createHospital();
});
afterEach(async () => {
  await hospital.stop();
  await nats.stop();
  await rm(dir, { recursive: true, force: true });
});

/** Writes credentials that only this adapter has; gives their file. */
async function credentialsOf(name: string, validSeconds: number): Promise<string> {
  const { apiPrefix } = accounts;
  const permissions = permissionsOf({ namespace: "default", name, workers: 1, domains: DOMAINS, apiPrefix });
  return write(name, accounts.adapters, permissions, validSeconds);
}

const operatorCredentials = () => write("operator", accounts.hub, { publish: [">"], subscribe: [">"] }, 3600);

async function write(name: string, signer: Signer, permissions: Permissions, validSeconds: number): Promise<string> {
  const issuedAt = Date.now();
  const user = { name, permissions, issuedAt, expiresAt: issuedAt + validSeconds * 1000 };
  const file = join(dir, `${name}.creds`);
  await writePrivateFile(file, mintCredentials(signer, user));
  return file;
}

async function startControlPlane(): Promise<void> {
  const creds = await operatorCredentials();
  const where = ["--nats", nats.url, "--nats-creds", creds, "--nats-monitoring", nats.monitoring];
  await hospital.run(...where, "--without", ...ADAPTERS);
}

async function startAdapter(name: string, validSeconds = 3600): Promise<FasciaProcess> {
  const creds = await credentialsOf(name, validSeconds);
  const where = ["--nats", nats.url, "--nats-creds", creds, "--nats-api-prefix", accounts.apiPrefix];
  return hospital.adapter(name, ...where);
}

function billed(kind: "admission" | "eligibility"): string[] {
  const seen = hospital.billing.received.map(seenOf);
  return seen.filter((s) => s.kind === kind).map((s) => s.label);
}

async function expectAllDelivered(accepted: Sent[]): Promise<void> {
  await eventually(async () => {
    expect(await hospital.command("quarantine", "list")).toBe("Nothing is in quarantine.\n");
    const checked = accepted.filter((s) => s.event !== "A40");
    const got = new Set([...billed("admission"), ...billed("eligibility")]);
    expect([...accepted.map(labelOf), ...checked.map((s) => s.visit)].filter((label) => !got.has(label))).toEqual([]);
  }, 60_000);
  expect(repeated(billed("admission"))).toEqual([]);
  expect(repeated(billed("eligibility"))).toEqual([]);
  expect(outOfOrder(accepted, billed("admission"))).toEqual([]);
}

test("each adapter with credentials of its own: all they do in good and bad times is permitted, and nothing is refused", async () => {
  await startControlPlane();
  const [ehr, billing] = await Promise.all(ADAPTERS.map((name) => startAdapter(name)));
  const load = new Load(() => hospital.ehrPort, 2, "C");
  await eventually(() => expect(load.accepted.length).toBeGreaterThan(30), 30_000);
  // A target that is away, one that fails at first, one that dies at work, a source that does.
  await hospital.billing.setBehaviour({ kind: "Down" });
  await hospital.eligibility.setBehaviour({ kind: "Status", status: 503 });
  await eventually(() => expect(load.accepted.length).toBeGreaterThan(60), 30_000);
  await billing?.kill();
  await hospital.billing.setBehaviour({ kind: "Normal" });
  await startAdapter("billing");
  await eventually(() => expect(load.accepted.length).toBeGreaterThan(90), 30_000);
  await hospital.eligibility.setBehaviour({ kind: "Normal" });
  await ehr?.kill();
  await startAdapter("ehr");
  await eventually(() => expect(load.accepted.length).toBeGreaterThan(120), 30_000);
  await load.stop();
  // A repeated message, one that can't be mapped.
  const again = new EhrConnection(hospital.ehrPort);
  const message = { controlId: "D1", event: "A01", patient: "PD", visit: "VD" } as const;
  expect(await again.send(admission(message))).toBe("AA");
  expect(await again.send(admission(message))).toBe("AA");
  again.close();
  await expectAllDelivered(load.accepted);
  expect(await violations()).toEqual([]);
}, 180_000);

test("credentials renewed in the file, in time or too late, take effect without a restart; nothing is lost, repeated or overtaken", async () => {
  const late = "eligibility";
  const validSeconds = 20;
  await startControlPlane();
  await Promise.all(ADAPTERS.map((name) => startAdapter(name, validSeconds)));
  const begun = performance.now();
  const load = new Load(() => hospital.ehrPort, 2, "R");
  for (const name of ADAPTERS) if (name !== late) await credentialsOf(name, 3600);
  await eventually(async () => expect(await expired()).toContain(late), 40_000);
  expect(performance.now() - begun).toBeLessThan(validSeconds * 1000 + 5000);
  await credentialsOf(late, 3600);
  const accepted = load.accepted.length;
  await eventually(() => expect(load.accepted.length).toBeGreaterThan(accepted + 60), 30_000);
  await load.stop();
  await expectAllDelivered(load.accepted);
  expect(new Set(await expired())).toEqual(new Set([late]));
  expect(await violations()).toEqual([]);
}, 180_000);

/** What the server refused. */
const violations = async () => (await nats.log()).split("\n").filter((line) => line.includes("Violation"));

/** Adapters whose connections the server has closed because their credentials were over. */
async function expired(): Promise<string[]> {
  const answer = await fetch(`${nats.monitoring}/connz?state=closed&limit=1000`);
  const { connections } = (await answer.json()) as { connections: { name?: string; reason: string }[] };
  return connections
    .filter(({ reason }) => reason === "Authentication Expired")
    .map(({ name }) => name?.split("_").at(-1) ?? "");
}
