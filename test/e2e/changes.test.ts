import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Hub, closeHub } from "../../src/jetstream/hub.ts";
import { clinicManifest } from "../builders/clinic.ts";
import { type Admission, admission } from "../builders/admission.ts";
import { EhrConnection } from "../builders/ehr.ts";
import { eventually } from "../builders/eventually.ts";
import { type Hospital, createHospital } from "../builders/hospital.ts";
import { type TestNats, startNats } from "../builders/nats.ts";
import { openHub } from "../builders/openhub.ts";
import { freePort } from "../builders/ports.ts";
import { jsonLines, spawnFascia } from "../builders/process.ts";

let hospital: Hospital;
let nats: TestNats | undefined;
let ehr: EhrConnection;
let sent = 0;

beforeEach(async () => {
  hospital = await createHospital();
  ehr = new EhrConnection(hospital.ehrPort);
});
afterEach(async () => {
  ehr.close();
  await hospital.stop();
  await nats?.stop();
  nats = undefined;
});

function next(more: Partial<Admission> = {}): Admission {
  const id = `C${++sent}`;
  return { controlId: id, event: "A03", patient: `P${sent % 3}`, visit: `V${id}`, ...more };
}

const billed = (): string[] => hospital.billing.received.map((r) => /\|V(C\d+)/.exec(r.message)?.[1] ?? "");
const accept = (message: Admission): Promise<void> =>
  eventually(async () => expect(await ehr.send(admission(message))).toBe("AA"));

test("an edit that is made while the hub is away takes effect when it is back", async () => {
  const server = (nats = await startNats({ sync: "always" }));
  const running = await hospital.run("--nats", server.url, "--nats-monitoring", server.monitoring);
  await server.kill();
  await hospital.edit("ehr.yaml", (text) => text.replace("[A01, A03,", "[A01, A02, A03,"));
  await eventually(() => expect(running.output().stderr).toContain("waiting for the hub"));
  await server.restart();
  await eventually(() => expect(running.output().stderr.split("manifests are in effect")).toHaveLength(3));
  const message = next();
  await accept(message);
  await eventually(() => expect(billed()).toEqual([message.controlId]));
});

/** Retention has looked since: what it keeps of the consumer, named `STREAM.CONSUMER`, is up to the stream's end. */
async function expectFloorKept(hub: Hub, consumer: string): Promise<void> {
  const { state } = await hub.jsm.streams.info(consumer.split(".")[0] as string);
  const kept = await hub.jsm.streams.getMessage("KV_fascia_state", {
    last_by_subj: `$KV.fascia_state.floor.${consumer}`,
  });
  expect(kept?.json()).toMatchObject({ sequence: state.last_seq });
}

test("consumers and streams that somebody deletes are made again, and all goes on", async () => {
  const running = await hospital.run();
  const hub = await openHub(hospital.data);
  const before = [next(), next()];
  for (const message of before) await accept(message);
  await eventually(() => expect(billed()).toHaveLength(2));
  for (const consumer of ["HUB_registration.default_billing_w0", "RAW_default_ehr.normalise"])
    await eventually(() => expectFloorKept(hub, consumer));
  await hub.jsm.consumers.delete("HUB_registration", "default_billing_w0");
  await hub.jsm.consumers.delete("RAW_default_ehr", "normalise");
  await hub.jsm.streams.delete("PARKED_default_billing");
  const after = [next(), next()];
  for (const message of after) await accept(message);
  await eventually(() => expect(billed()).toEqual([...before, ...after].map((m) => m.controlId)));
  const made = jsonLines(running.output().stderr).filter(
    (line) => line["msg"] === "deleted by somebody and made again",
  );
  expect(made.map((line) => line["stream"]).toSorted()).toEqual([
    "HUB_registration/default_billing_w0",
    "PARKED_default_billing",
    "RAW_default_ehr/normalise",
  ]);
  await closeHub(hub);
});

test("an adapter that is added to a store whose streams take all of it finds room, as often as one is", async () => {
  await hospital.run("--store-bytes", String(64 * 1024 ** 2));
  const port = await freePort();
  const manifest = await clinicManifest(hospital, port);
  const file = join(hospital.manifests, "clinic.yaml");
  for (const name of ["booking", "booking-2", "booking-3"]) {
    await writeFile(file, manifest.replaceAll("name: booking\n", `name: ${name}\n`));
    const hub = await openHub(hospital.data);
    await eventually(async () =>
      expect((await hub.jsm.streams.info(`RAW_default_${name}`)).config.max_bytes).toBeGreaterThan(0),
    );
    await closeHub(hub);
  }
  await eventually(async () =>
    expect((await fetch(`http://127.0.0.1:${port}/appointments`, { method: "POST" })).status).toBe(401),
  );
  await rm(file);
  const message = next();
  await accept(message);
  await eventually(() => expect(billed()).toEqual([message.controlId]));
});

test("`fascia adapter` with an unknown name says so, waits for it, and ends when asked to", async () => {
  await hospital.run();
  const adapter = spawnFascia(["adapter", "biling", "--data", hospital.data, "--json"]);
  await eventually(() => expect(adapter.output().stderr).toContain("no such adapter"));
  const [line] = jsonLines(adapter.output().stderr);
  expect(line).toMatchObject({
    adapter: "default/biling",
    reason:
      "the hub has no configuration for it, which is waited for: is it declared, in this namespace, under this name?",
  });
  const asked = performance.now();
  await adapter.stop();
  expect((await adapter.ended).code).toBe(0);
  expect(performance.now() - asked).toBeLessThan(5000);
});

test("`fascia adapter` before the hub was ever set up waits for it, and runs once it is", async () => {
  const server = (nats = await startNats({ sync: "always" }));
  const port = await freePort();
  const first = await hospital.run("--without", "ehr");
  await first.stop();
  const args = ["adapter", "ehr", "--data", hospital.data, "--nats", server.url, "--port", String(port), "--json"];
  const adapter = spawnFascia(args);
  await eventually(() => expect(adapter.output().stderr).toContain("waiting for the hub"));
  const options = ["--nats", server.url, "--nats-monitoring", server.monitoring, "--without", "ehr"];
  await hospital.run(...options);
  await eventually(() => expect(adapter.output().stderr).toContain('"msg":"ready"'));
  const own = new EhrConnection(port);
  const message = next();
  expect(await own.send(admission(message))).toBe("AA");
  await eventually(() => expect(billed()).toEqual([message.controlId]));
  own.close();
  await adapter.stop();
});
