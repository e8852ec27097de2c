import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closeHub, connectHub } from "../../src/jetstream/hub.ts";
import { readBootstrap } from "../../src/standalone/bootstrap.ts";
import { SAMPLES, sample } from "../builders/adt.ts";
import { GIVEN, NAME, NO_HEADER, brokenMessages } from "../builders/brokenmessages.ts";
import { canaries } from "../builders/canaries.ts";
import { clinicManifest } from "../builders/clinic.ts";
import {
  type Collector,
  type Echo,
  closeServer,
  startCollector,
  startEcho,
  startEchoingBilling,
} from "../builders/echo.ts";
import { eventually } from "../builders/eventually.ts";
import { type Hospital, createHospital } from "../builders/hospital.ts";
import { leaksIn } from "../builders/leaks.ts";
import { type Receiver, Sender, controlIdOf, framed } from "../builders/mllp.ts";
import { freePort } from "../builders/ports.ts";
import { type FasciaProcess, jsonLines, spawnFascia } from "../builders/process.ts";
import { type StreamTexts, readStreams } from "../builders/streamtexts.ts";

/** Nothing of a payload may stand anywhere but in payloads, whatever goes wrong with it. */

/** What the samples say of people, and their control ids. */
const CANARIES = [...canaries(), ...SAMPLES.map((name) => controlIdOf(sample(name)))];
const leaks = (written: string): string[] => leaksIn(written, CANARIES);

let hospital: Hospital;
let running: FasciaProcess;
let bookingPort: number;
let echo: Echo;
let billing: Receiver;
let collector: Collector;
let streams: StreamTexts;
let metrics: string;

beforeAll(async () => {
  collector = await startCollector();
  echo = await startEcho();
  billing = await startEchoingBilling();
  bookingPort = await freePort();
  hospital = await createHospital(
    (file, manifest) =>
      file === "ehr.yaml" ? manifest.replace(/( +)port: \d+/, "$&\n$1maxMessageBytes: 65536") : manifest,
    { OTEL_EXPORTER_OTLP_ENDPOINT: collector.address, OTEL_BSP_SCHEDULE_DELAY: "200" },
  );
  await writeFile(join(hospital.manifests, "clinic.yaml"), await clinicManifest(hospital, bookingPort));
  running = await hospital.run("--verbose", "--telemetry", "127.0.0.1:0");
  await succeed();
  await failAtSources();
  await failAtTargets();
  metrics = await readMetrics();
  const { url, user, password } = await readBootstrap(hospital.data);
  const hub = await connectHub({ url, user: user ?? "", password: password ?? "" }, "phi_test");
  streams = await readStreams(hub);
  await closeHub(hub);
});
afterAll(async () => {
  await hospital?.stop();
  await Promise.all([billing?.close(), closeServer(echo?.server), closeServer(collector?.server)]);
});

describe("the search", () => {
  test("finds each canary in the payloads that the hub holds", () => {
    const found = new Set(leaks(streams.payloads));
    expect(CANARIES.filter((canary) => !found.has(canary))).toEqual([]);
    expect(CANARIES.length).toBeGreaterThan(80);
  });

  test("finds what is written with escapes, in another case or in an address", () => {
    expect(leaks(JSON.stringify({ a: "x" }).replace("x", "M\\u00fc\\u00dfig; QUARZENSTEIN"))).toContain("Quarzenstein");
    expect(leaks(`/?name=${encodeURIComponent(NAME)}`)).toContain(NAME);
    expect(leaks("nothing to see")).toEqual([]);
  });

  test("looks at every way of failing", () => {
    const outcomes = streams.quarantine;
    for (const stage of ["normalise", "deliver"]) expect(outcomes.some((o) => o.startsWith(`${stage} `))).toBe(true);
    for (const adapter of ["ehr", "booking", "audit", "billing", "eligibility", "patient-app"])
      expect(
        outcomes.filter((o) => o.endsWith(` ${adapter}`)),
        adapter,
      ).not.toEqual([]);
    expect(echo.served).toEqual(new Set(["violation", "refusal", "garbage", "fhir"]));
  });
});

describe("nothing of any payload is in", () => {
  test("subjects and headers of the messages of all streams", () => {
    expect(streams.names.length).toBeGreaterThan(8);
    expect(leaks(streams.envelopes)).toEqual([]);
  });

  test("lineage, configurations and state", () => {
    expect(streams.records).toContain('"hop":"Normalised"');
    expect(streams.records).toContain('"outcome":"Quarantined"');
    expect(leaks(streams.records)).toEqual([]);
  });

  test("streams and consumers themselves", () => {
    expect(streams.consumers).toContain("default_billing_w0");
    expect(leaks(streams.consumers)).toEqual([]);
  });

  test("metrics", () => {
    expect(metrics).toContain("default/ehr");
    expect(leaks(metrics)).toEqual([]);
  });

  test("names of files", async () => {
    expect(leaks((await readdir(hospital.data, { recursive: true })).join("\n"))).toEqual([]);
  });

  test("`fascia trace`, of all messages and of one", async () => {
    const list = await hospital.command("trace");
    expect(list).toContain("default/ehr");
    expect(leaks(list)).toEqual([]);
    const one = await hospital.command("trace", "--file", "config/samples/hospital/messages/a01.hl7");
    expect(one).toContain("Delivered");
    expect(leaks(one)).toEqual([]);
    for (const q of await quarantined())
      if (q["where"] !== "default/ehr") {
        const failed = await hospital.command("trace", q["messageId"] ?? "", "--json");
        expect(failed).toContain("Quarantined");
        expect(leaks(failed)).toEqual([]);
        break;
      }
  });

  test("`fascia quarantine list` and `show`, unless the payload is asked for", async () => {
    const list = await hospital.command("quarantine", "list");
    expect(leaks(list)).toEqual([]);
    const entries = await quarantined();
    expect(leaks(JSON.stringify(entries))).toEqual([]);
    expect(entries.length).toBeGreaterThan(8);
    const id = entries[0]?.["id"] ?? "";
    const shown = await hospital.command("quarantine", "show", id);
    expect(shown).toContain(id);
    expect(leaks(shown)).toEqual([]);
    expect(leaks(await hospital.command("quarantine", "show", id, "--payload"))).not.toEqual([]);
  });

  test("what commands say about broken files", async () => {
    const files: string[] = [];
    for (const [i, message] of brokenMessages().entries()) {
      files.push(join(hospital.manifests, `broken${i}.hl7`));
      await writeFile(files[i] as string, message);
    }
    const converted = await spawnFascia(["convert", ...files]).ended;
    expect(converted.code).toBe(1);
    expect(converted.stderr).toContain("broken0.hl7");
    expect(leaks(converted.stderr)).toEqual([]);
    for (const args of [
      ["send", `127.0.0.1:${hospital.ehrPort}`, files[NO_HEADER] as string],
      ["send", `127.0.0.1:${hospital.ehrPort}`, ...files.slice(NO_HEADER + 1, -1)],
      ["trace", "--data", hospital.data, "--file", files[NO_HEADER] as string],
    ]) {
      const { code, stdout, stderr } = await spawnFascia(args).ended;
      expect(code, args[0]).toBe(1);
      expect(stderr + stdout).not.toBe("");
      // What `send` prints of an answer is a code and the control id that it sent itself.
      expect(leaks(`${stderr}${stdout}`).filter((c) => !(args[0] === "send" && c.startsWith("ZQ26")))).toEqual([]);
    }
  });

  // These two come last: the process is asked to end first.
  test("traces sent to a collector", async () => {
    await running.stop();
    const traces = collector.bodies.join("\n");
    for (const said of ["receive", "normalise", "Quarantined", "default/billing"]) expect(traces).toContain(said);
    expect(leaks(traces)).toEqual([]);
  });

  test("its log, with all details", () => {
    const { stdout, stderr } = running.output();
    expect(stderr).toContain('"level":"debug"');
    expect(stderr).toContain('"level":"warn"');
    expect(leaks(stdout + stderr)).toEqual([]);
  });
});

async function succeed(): Promise<void> {
  const sender = await Sender.connect(hospital.ehrPort);
  for (const name of SAMPLES) sender.write(framed(sample(name)));
  expect((await sender.acks(SAMPLES.length)).map((ack) => ack.slice(0, 2))).toEqual(["AA", "AA", "AA", "AA", "AA"]);
  await eventually(async () => expect(await hospital.audit()).toHaveLength(SAMPLES.length));
  await eventually(() => expect(hospital.billing.received.length).toBeGreaterThan(SAMPLES.length));
  sender.socket.destroy();
}

async function failAtSources(): Promise<void> {
  for (const message of [...brokenMessages(), Buffer.from(sample("a01").toString().replace("GOLD77", "GOLD78"))]) {
    const sender = await Sender.connect(hospital.ehrPort);
    sender.write(framed(message));
    await sender.acks(1);
    sender.socket.destroy();
  }
  const sender = await Sender.connect(hospital.ehrPort);
  sender.write(`${GIVEN} without a frame\r`);
  sender.write(framed(sample("a03")));
  await sender.acks(1);
  sender.socket.destroy();
  const good = JSON.stringify({ id: "A-1001", status: "booked", patient: "Quarzenstein", comment: NAME });
  expect(await book(good)).toBe(202);
  expect(await book(`{"id": "A-1", "status": "${GIVEN}", "patient": "Quarzenstein" `)).toBeLessThan(500);
  expect(await book(`{"id": {"${GIVEN}": "${NAME}"}, "status": "${NAME}"}`)).toBeLessThan(500);
  expect(await book(good, { authorization: `Bearer ${GIVEN}` })).toBe(401);
  expect(await book(good, {}, `?name=${encodeURIComponent(NAME)}&other=${GIVEN}`)).toBeLessThan(500);
  expect(await book(good, {}, `/${GIVEN}`)).toBe(404);
  expect(await book(`"${NAME.repeat(100_000)}"`)).toBe(413);
  await eventually(async () => expect(JSON.stringify(await quarantined())).toContain("default/booking"));
}

async function book(body: string, headers: Record<string, string> = {}, path = ""): Promise<number> {
  const own = {
    "content-type": "application/json",
    authorization: "Bearer change-me",
    "idempotency-key": `${GIVEN}-${body.length}`,
  };
  const response = await fetch(`http://127.0.0.1:${bookingPort}/appointments${path}`, {
    method: "POST",
    body,
    headers: { ...own, ...headers },
  });
  await response.arrayBuffer();
  return response.status;
}

/** All targets answer with what they got; a mapping and a filter throw it. */
async function failAtTargets(): Promise<void> {
  const inEffect = () => running.output().stderr.split("manifests are in effect").length;
  const before = inEffect();
  await writeFile(join(hospital.manifests, "throwing.yaml"), THROWING_FILTER);
  await hospital.edit("patient-app.yaml", (t) => t.replace(/http:\S+/, `${echo.address}/fhir`));
  await hospital.edit("eligibility.yaml", (t) => t.replace(/http:\S+/, `${echo.address}/eligibility`));
  await hospital.edit("billing.yaml", (t) => t.replace(/port: \d+/, `port: ${billing.port}`));
  await hospital.edit("integrations.yaml", (t) => t.replace('"eligible": eligible', '"eligible": patient'));
  await hospital.edit("audit.yaml", (t) => t.replace(/jsonata: \|[^]*/, `jsonata: $error($string($))\n`));
  await eventually(() => expect(inEffect()).toBeGreaterThan(before));
  // Edits that came while others were applied take effect in turns: so it is asked again.
  for (let attempt = 1; !(await hasFailedEverywhere()); attempt++) {
    expect(attempt).toBeLessThan(20);
    const sender = await Sender.connect(hospital.ehrPort);
    sender.write(framed(another("a01", attempt)));
    await sender.acks(1);
    sender.socket.destroy();
  }
}

/** A sample under a control id of its own. */
function another(name: (typeof SAMPLES)[number], number: number): Buffer {
  const id = controlIdOf(sample(name));
  return Buffer.from(sample(name).toString("utf8").replace(id, `${id}-${number}`));
}

async function hasFailedEverywhere(): Promise<boolean> {
  const where = (await quarantined()).map((q) => q["where"] ?? "");
  const failed = ["audit", "billing", "eligibility", "patient-app"].every((adapter) =>
    where.some((w) => w.endsWith(`→ default/${adapter}`)),
  );
  return failed && where.includes("throwing → default/audit") && echo.served.size === 4;
}

const THROWING_FILTER = `
apiVersion: fascia.dev/v1alpha1
kind: Integration
metadata:
  name: throwing
spec:
  owner: nobody <nobody@hospital.example>
  event:
    from: { contract: patient-admission, version: ^1.0.0 }
    filter: $number($string(entry.resource.name))
    to:
      - adapter: audit
`;

const quarantined = async () =>
  jsonLines(await hospital.command("quarantine", "list", "--json")) as Record<string, string>[];

async function readMetrics(): Promise<string> {
  const ready = running
    .output()
    .stderr.split("\n")
    .find((line) => line.includes('"msg":"ready"'));
  const { address } = JSON.parse(ready ?? "{}") as { address: string };
  return (await fetch(`http://${address.replace(/^http:\/\//, "")}/metrics`)).text();
}
