import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../builders/eventually.ts";
import { type FasciaProcess, jsonLines, spawnFascia } from "../builders/process.ts";
import { HttpPeer } from "../conformance/peers/http.ts";

// What becomes of a contract version reaches a service over HTTP as a CloudEvent, by the sample's own manifests.

const DAY = 86_400_000;
let dir: string;
let receiver: HttpPeer;
let running: FasciaProcess | undefined;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "fascia-lifecycle-"));
  receiver = await new HttpPeer().listen();
  const sample = await readFile("config/samples/lifecycle/lifecycle.yaml", "utf8");
  await writeFile(join(dir, "lifecycle.yaml"), sample.replace("http://127.0.0.1:8094", receiver.url));
});
afterEach(async () => {
  await running?.stop();
  await receiver.close();
  await rm(dir, { recursive: true, force: true });
});

const run = async () => {
  running = spawnFascia(["run", dir, "--data", join(dir, ".data"), "--telemetry", "off", "--json"]);
  await running.ready;
  return running;
};
const seconds = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
const events = () => receiver.requests.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
const types = () => events().map(({ type }) => String(type).split(".").at(-1));

const API = "fascia.dev/v1alpha1";

async function announce(deprecatedOn: number, sunsetOn: number): Promise<void> {
  const visit = {
    apiVersion: API,
    kind: "ContractVersion",
    metadata: { name: "visit-v1.0.0" },
    spec: {
      contract: "visit",
      version: "1.0.0",
      domain: "care",
      owner: "care <care@hospital.example>",
      json: { schema: { type: "object" } },
      lifecycle: {
        publishedOn: "2026-01-01T00:00:00Z",
        deprecatedOn: seconds(deprecatedOn),
        sunsetOn: seconds(sunsetOn),
      },
    },
  };
  await writeFile(join(dir, "visit.yaml"), JSON.stringify(visit));
}

async function use(): Promise<void> {
  const lab = {
    apiVersion: API,
    kind: "Adapter",
    metadata: { name: "lab" },
    spec: {
      system: "lab",
      owner: "laboratory <lab@hospital.example>",
      file: { target: { path: join(dir, "out.ndjson") } },
      accepts: [{ contract: "visit", version: "1.0.0" }],
    },
  };
  await writeFile(join(dir, "lab.yaml"), JSON.stringify(lab));
}

test("each event is delivered once, when it comes, over an edit and a crash", async () => {
  const begun = Date.now();
  await announce(begun + 5000, begun + DAY + 12_000);
  const first = await run();
  expect(types()).toEqual([]);
  await eventually(() => expect(types()).toEqual(["deprecated"]), 20_000);
  const [{ headers } = { headers: {} }] = receiver.requests;
  expect(headers).toMatchObject({ "content-type": "application/cloudevents+json" });
  expect(events()[0]).toMatchObject({
    specversion: "1.0",
    source: "/apis/fascia.dev/v1alpha1/contractversions",
    type: "dev.fascia.contractversion.deprecated",
    subject: "visit-v1.0.0",
    data: { phase: "Deprecated", daysLeft: 2, consumers: [], consumerCount: 0 },
  });
  await use();
  await eventually(() => expect(first.output().stderr.match(/"manifests are in effect"/g)).toHaveLength(2));
  await first.kill();
  await run();
  await eventually(() => expect(types()).toEqual(["deprecated", "deadline"]), 30_000);
  const [one, other] = events();
  expect(one?.["id"]).not.toBe(other?.["id"]);
  expect(other).toMatchObject({
    data: { daysLeft: 1, consumers: [{ kind: "Adapter", namespace: "default", name: "lab" }], consumerCount: 1 },
  });
  const trace = spawnFascia(["trace", "--json", "--data", join(dir, ".data")]);
  const journeys = jsonLines((await trace.ended).stdout);
  expect(journeys.map(({ source, event }) => [source, event])).toEqual([
    ["default/lifecycle", "deadline"],
    ["default/lifecycle", "deprecated"],
  ]);
});
