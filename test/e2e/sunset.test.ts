import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../builders/eventually.ts";
import { freePort } from "../builders/ports.ts";
import { type FasciaProcess, jsonLines, spawnFascia } from "../builders/process.ts";

// The sunset of a contract version is passed by the time alone; what waits then goes on in order when somebody sees to it.

const HEAD = "apiVersion: fascia.dev/v1alpha1";
const OWNER = "owner: wards <wards@hospital.example>";
const instant = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
const fromNow = (ms: number): string => instant(Date.now() + ms);

/** The old version, whose sunset blocks, and the new one, which is translated into it. */
const contracts = (sunsetOn: string) => `${HEAD}
kind: ContractVersion
metadata: { name: note-v1.0.0 }
spec:
  contract: note
  version: 1.0.0
  domain: wards
  ${OWNER}
  json: { schema: { type: object } }
  lifecycle: { publishedOn: "2026-01-01T00:00:00Z", deprecatedOn: "2026-02-01T00:00:00Z", sunsetOn: "${sunsetOn}" }
  replacedBy: 1.1.0
  afterSunset: Block
---
${HEAD}
kind: ContractVersion
metadata: { name: note-v1.1.0 }
spec:
  contract: note
  version: 1.1.0
  domain: wards
  ${OWNER}
  json: { schema: { type: object } }
  translations: [{ to: 1.0.0, jsonata: '{ "old": number }' }]
`;

const source = (port: number) => `${HEAD}
kind: Adapter
metadata: { name: ward }
spec:
  system: ward
  ${OWNER}
  http: { source: { port: ${port}, path: /notes } }
  emits: [{ contract: note, version: 1.1.0, key: patient }]
`;

const target = (path: string, version: string) => `${HEAD}
kind: Adapter
metadata: { name: feed }
spec:
  system: feed
  ${OWNER}
  file: { target: { path: ${path} } }
  accepts: [{ contract: note, version: ${version} }]
---
${HEAD}
kind: Integration
metadata: { name: notes }
spec:
  ${OWNER}
  event: { from: { contract: note, version: ^1.0.0 }, to: [{ adapter: feed }] }
`;

const extension = () => `${HEAD}
kind: PolicyException
metadata: { name: feed-is-late }
spec:
  requestedBy: ada
  reason: the feed moves next week
  rules: [lifecycle/existing-use]
  resources: [{ kind: Adapter, name: feed }]
  expiresOn: "${fromNow(3_600_000)}"
  reviewOn: "${fromNow(3_600_000)}"
  approvals: [{ approver: grace }]
`;

let dir: string;
let port: number;
let telemetry: number;
let fascia: FasciaProcess;
let sent = 0;

const manifest = (name: string, text: string) => writeFile(join(dir, "manifests", name), text);
const feed = async () => jsonLines(await readFile(join(dir, "feed.ndjson"), "utf8").catch(() => ""));
const readiness = async () => (await fetch(`http://127.0.0.1:${telemetry}/readyz`)).text();
const data = () => ["--data", join(dir, "data")];

beforeEach(async () => {
  sent = 0;
  dir = await mkdtemp(join(tmpdir(), "fascia-sunset-"));
  [port, telemetry] = [await freePort(), await freePort()];
});
afterEach(async () => {
  await fascia.stop();
  await rm(dir, { recursive: true, force: true });
});

async function run(): Promise<void> {
  fascia = spawnFascia(["run", join(dir, "manifests"), ...data(), "--json", "--telemetry", String(telemetry)]);
  await fascia.ready;
}

async function send(count: number): Promise<void> {
  const headers = { "content-type": "application/json" };
  for (const last = sent + count; sent < last; sent++) {
    const body = JSON.stringify({ patient: `p${sent % 2}`, number: sent });
    expect((await fetch(`http://127.0.0.1:${port}/notes`, { method: "POST", headers, body })).status).toBe(202);
  }
}

/** Of each patient the numbers in the order in which they came, under the name that the version gives them. */
async function expectAll(from: number, name: "old" | "number"): Promise<void> {
  await eventually(async () => expect(await feed()).toHaveLength(sent), 20_000);
  const numbers = (await feed()).slice(from).map((line) => line[name]);
  const of = (rest: number, all: unknown[]) => all.filter((n) => Number(n) % 2 === rest);
  const expected = Array.from({ length: sent - from }, (_, i) => from + i);
  for (const rest of [0, 1]) expect(of(rest, numbers)).toEqual(of(rest, expected));
}

test("messages wait from the sunset on, over a crash, and go on in order with an exception, or when their user moves", async () => {
  await writeManifests(Date.now() + 12_000);
  await run();
  await send(4);
  await expectAll(0, "old");
  await eventually(
    async () => expect(await readiness()).toMatch(/^ok\ncontracts of adapter default\/feed: note-v1/),
    20_000,
  );
  await send(6);
  await pause(1000);
  expect(await feed()).toHaveLength(4);
  await fascia.kill();
  await run();
  await send(6);
  const waits = () => jsonLines(fascia.output().stderr).filter(({ msg }) => msg === "messages wait");
  await eventually(() => expect(waits()).toMatchObject([{ adapter: "default/feed", integration: "notes" }]));
  const listed = async () => spawnFascia(["trace", ...data()]).ended;
  await eventually(async () => expect((await listed()).stdout).toMatch(/1 Published, 1 Held/));
  expect(await feed()).toHaveLength(4);

  await manifest("exception.yaml", extension());
  await expectAll(4, "old");
  expect(await readiness()).toMatch(/note-v1.0.0 has had its sunset on/);

  await rm(join(dir, "manifests", "exception.yaml"));
  await eventually(() => expect(waits()).toHaveLength(2));
  const before = sent;
  await send(6);
  await pause(1000);
  expect(await feed()).toHaveLength(before);
  await manifest("target.yaml", target(join(dir, "feed.ndjson"), "1.1.0"));
  await expectAll(before, "number");
  await eventually(async () => expect(await readiness()).toBe("ok\n"));
});

async function writeManifests(sunset: number): Promise<void> {
  await mkdir(join(dir, "manifests"));
  await manifest("contracts.yaml", contracts(instant(sunset)));
  await manifest("source.yaml", source(port));
  await manifest("target.yaml", target(join(dir, "feed.ndjson"), "1.0.0"));
}
