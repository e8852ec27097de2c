import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import { loadManifests } from "../../../src/standalone/manifests.ts";
import { admission } from "../../builders/admission.ts";
import { EhrConnection } from "../../builders/ehr.ts";
import { eventually } from "../../builders/eventually.ts";
import { type Hospital, createHospital } from "../../builders/hospital.ts";
import { JumpingClock } from "../../builders/jumpingclock.ts";
import { mountSecret } from "../../builders/kubelet.ts";
import { type TestNats, startNats } from "../../builders/nats.ts";
import { type NatsAccounts, createAccounts } from "../../builders/natsaccounts.ts";
import { Load, type Sent } from "../../chaos/load.ts";
import { labelOf, outOfOrder, repeated, seenOf } from "../../chaos/verdict.ts";
import { applyAll } from "../served.ts";
import { type Api, startApi } from "../startapi.ts";
import { fillDirectory, secretOf, startIssuing, tokenOf } from "./issuing.ts";

/** The hospital at work with the credentials that the operator issues: a real API server, NATS with two accounts, processes. */

const ADAPTERS = ["ehr", "billing", "eligibility", "patient-app", "audit"];
const DAY = 86_400_000;

let api: Api;
let accounts: NatsAccounts;
let nats: TestNats;
let hospital: Hospital;
let dir: string;
/** The operator's: a day behind, so that the next day is today. */
let clock: JumpingClock;
let stop: () => Promise<void>;

beforeAll(async () => {
  api = await startApi();
}, 120_000);
afterAll(() => api?.stop());
beforeEach(async () => {
  accounts = createAccounts("OwnAccount");
  nats = await startNats({ sync: "always", more: accounts.config });
  hospital = await createHospital();
  dir = await mkdtemp(join(tmpdir(), "fascia-atwork-"));
  await fillDirectory(dir, accounts.hub, accounts.adapters);
  clock = new JumpingClock();
  clock.jump(-DAY);
  stop = startIssuing(api, { url: nats.url, credsFile: dir }, dir, clock);
  const { resources } = await loadManifests(hospital.manifests);
  const { contractVersions, adapters, integrations } = resources;
  await applyAll(api.client, [...contractVersions, ...adapters, ...integrations] as KubeObject[]);
});
afterEach(async () => {
  await hospital.stop();
  await stop();
  await nats.stop();
  await rm(dir, { recursive: true });
});

const mountOf = (name: string): string => join(dir, "mounted", name);

/** What the kubelet does for a pod. Resolves to the user JWT that the adapter has now. */
async function mount(name: string): Promise<string> {
  const { texts } = await secretOf(api.client, name);
  await mountSecret(mountOf(name), texts);
  return /-----BEGIN NATS USER JWT-----\n(\S+)\n/.exec(texts["nats.creds"] ?? "")?.[1] ?? "";
}

async function startAdapter(name: string): Promise<void> {
  // What came before the contracts has no domains, and is soon renewed: the kubelet would bring it a minute later.
  const fill = `${accounts.apiPrefix}.STREAM.INFO.HUB_registration`;
  await eventually(async () => expect((await tokenOf(api.client, name)).permissions.publish).toContain(fill));
  await mount(name);
  const prefix = ["--nats-api-prefix", accounts.apiPrefix];
  await hospital.adapter(name, "--nats", nats.url, "--nats-creds", mountOf(name), ...prefix);
}

/** User JWTs with which adapters are connected. */
async function connected(): Promise<Set<string>> {
  const answer = await fetch(`${nats.monitoring}/connz?auth=1&limit=1000`);
  const { connections } = (await answer.json()) as { connections: { name?: string; jwt?: string }[] };
  const adapters = connections.filter(({ name }) => name?.startsWith("fascia_default_"));
  return new Set(adapters.map(({ jwt }) => jwt ?? ""));
}

/** Every adapter gets others than `before`, and is connected with them alone. */
async function renewed(before: Set<string>): Promise<Set<string>> {
  const after = new Set<string>();
  for (const name of ADAPTERS)
    await eventually(async () => {
      const token = await mount(name);
      expect(before.has(token)).toBe(false);
      after.add(token);
    });
  await eventually(async () => expect(await connected()).toEqual(after));
  return after;
}

function billed(kind: "admission" | "eligibility"): string[] {
  const seen = hospital.billing.received.map(seenOf);
  return seen.filter((s) => s.kind === kind).map((s) => s.label);
}

async function expectAllDelivered(accepted: Sent[]): Promise<void> {
  await eventually(() => {
    const checked = accepted.filter((s) => s.event !== "A40");
    const got = new Set([...billed("admission"), ...billed("eligibility")]);
    expect([...accepted.map(labelOf), ...checked.map((s) => s.visit)].filter((label) => !got.has(label))).toEqual([]);
  }, 60_000);
  expect(repeated(billed("admission"))).toEqual([]);
  expect(repeated(billed("eligibility"))).toEqual([]);
  expect(outOfOrder(accepted, billed("admission"))).toEqual([]);
}

const violations = async () => (await nats.log()).split("\n").filter((line) => line.includes("Violation"));

test("all that a hospital does is permitted; renewed credentials, and those of another signing key, lose, repeat and overtake nothing", async () => {
  await Promise.all(ADAPTERS.map(startAdapter));
  const load = new Load(() => hospital.ehrPort, 2, "K");
  const more = async () => {
    const accepted = load.accepted.length;
    await eventually(() => expect(load.accepted.length).toBeGreaterThan(accepted + 30));
  };
  await more();
  const first = await connected();
  expect(first.size).toBe(ADAPTERS.length);
  clock.jump(DAY);
  const second = await renewed(first);
  await more();
  await writeFile(join(dir, "adapters.nk"), accounts.next.seed);
  clock.jump(20_000);
  await renewed(new Set([...first, ...second]));
  await more();
  await load.stop();
  const again = new EhrConnection(hospital.ehrPort);
  const message = { controlId: "D1", event: "A01", patient: "PD", visit: "VD" } as const;
  expect(await again.send(admission(message))).toBe("AA");
  expect(await again.send(admission(message))).toBe("AA");
  again.close();
  await expectAllDelivered(load.accepted);
  expect(await violations()).toEqual([]);
}, 180_000);
