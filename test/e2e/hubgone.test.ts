import { afterEach, beforeEach, expect, test } from "vitest";
import { type Admission, admission } from "../builders/admission.ts";
import { EhrConnection } from "../builders/ehr.ts";
import { eventually } from "../builders/eventually.ts";
import { type Hospital, createHospital } from "../builders/hospital.ts";
import { Sender, framed } from "../builders/mllp.ts";
import { type TestNats, startNats } from "../builders/nats.ts";
import { freePort } from "../builders/ports.ts";
import type { FasciaProcess } from "../builders/process.ts";

let hospital: Hospital;
let nats: TestNats | undefined;
let ehr: EhrConnection;
let sent = 0;

beforeEach(async () => {
  sent = 0;
  hospital = await createHospital();
  ehr = new EhrConnection(hospital.ehrPort, 20_000);
});
afterEach(async () => {
  ehr.close();
  await hospital.stop();
  await nats?.stop();
  nats = undefined;
});

function next(): Admission {
  const id = `G${++sent}`;
  return { controlId: id, event: "A01", patient: `P${sent % 5}`, visit: `V${id}`, name: `Testperson^${id}` };
}

/** Admissions that billing was told of, in the order in which it was told. */
const billed = (): string[] =>
  hospital.billing.received
    .filter((r) => !r.message.includes("ELIGIBILITY"))
    .map((r) => /\|V(G\d+)/.exec(r.message)?.[1] ?? "");

/** Process id of the nats-server that the process has started last. */
function natsPid(fascia: FasciaProcess): number {
  const lines = fascia
    .output()
    .stderr.split("\n")
    .filter((line) => line.includes('"msg":"nats-server ready'));
  return (JSON.parse(lines.at(-1) as string) as { pid: number }).pid;
}

test("while nats-server is killed again and again: AE or no answer, never AA for what is lost; all is well by itself", async () => {
  const fascia = await hospital.run();
  const accepted: string[] = [];
  const refused: string[] = [];
  const sending = (async () => {
    while (accepted.length < 120) {
      const message = next();
      for (;;) {
        const code = await ehr.send(admission(message)).catch(() => "no answer");
        if (code === "AA") break;
        refused.push(code);
        ehr.close();
      }
      accepted.push(message.controlId);
    }
  })();
  for (let kill = 1; kill <= 3; kill++) {
    await eventually(() => expect(accepted.length).toBeGreaterThan(kill * 25));
    process.kill(natsPid(fascia), "SIGKILL");
    await eventually(() => expect(fascia.output().stderr.match(/nats-server ready again/g)).toHaveLength(kill));
  }
  await sending;
  expect(refused.filter((code) => code !== "AE" && code !== "no answer")).toEqual([]);
  await eventually(() => expect(billed()).toHaveLength(accepted.length));
  for (let patient = 0; patient < 5; patient++) {
    const ofPatient = (ids: string[]) => ids.filter((id) => Number(id.slice(1)) % 5 === patient);
    expect(ofPatient(billed())).toEqual(ofPatient(accepted));
  }
});

test("a hub that stays away: AE in time, what follows is not stored before, readiness falls and rises by itself", async () => {
  const server = (nats = await startNats({ sync: "always" }));
  const port = await freePort();
  await hospital.run("--nats", server.url, "--nats-monitoring", server.monitoring, "--telemetry", String(port));
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  const ready = async () => (await get("/readyz")).status;
  await eventually(async () => expect(await ready()).toBe(200));
  await server.kill();
  const gone = performance.now();
  const messages = [next(), next(), next()];
  const sender = await Sender.connect(hospital.ehrPort);
  sender.write(Buffer.concat(messages.map((m) => framed(admission(m)))));
  expect(await sender.allAcks()).toEqual(messages.map((m) => `AE ${m.controlId}`));
  expect(performance.now() - gone).toBeLessThan(20_000);
  await eventually(async () => expect(await ready()).toBe(503));
  await eventually(async () => expect(await (await get("/readyz")).text()).toMatch(/adapter default\/ehr: silent for/));
  expect((await get("/healthz")).status).toBe(200);
  await server.restart();
  await eventually(async () => expect(await ready()).toBe(200));
  for (const message of messages) expect(await ehr.send(admission(message))).toBe("AA");
  await eventually(() => expect(billed()).toEqual(messages.map((m) => m.controlId)));
});

test("a hub that stands still without closing anything is noticed as well", async () => {
  const server = (nats = await startNats({ sync: "always" }));
  const port = await freePort();
  await hospital.run("--nats", server.url, "--nats-monitoring", server.monitoring, "--telemetry", String(port));
  const ready = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status;
  await eventually(async () => expect(await ready()).toBe(200));
  process.kill(server.pid(), "SIGSTOP");
  try {
    const message = next();
    expect(await ehr.send(admission(message))).toBe("AE");
    await eventually(async () => expect(await ready()).toBe(503));
  } finally {
    process.kill(server.pid(), "SIGCONT");
  }
  await eventually(async () => expect(await ready()).toBe(200));
  const after = next();
  await eventually(async () => expect(await ehr.send(admission(after))).toBe("AA"));
  await eventually(() => expect(billed()).toContain(after.controlId));
});
