import { afterEach, beforeEach, expect, test } from "vitest";
import { type Admission, admission } from "../builders/admission.ts";
import { EhrConnection } from "../builders/ehr.ts";
import { type Hospital, createHospital } from "../builders/hospital.ts";
import { type TestNats, startNats } from "../builders/nats.ts";
import { type FasciaProcess, jsonLines } from "../builders/process.ts";
import { type Call, Strace, canTrace } from "../builders/strace.ts";

let hospital: Hospital;
let nats: TestNats | undefined;

beforeEach(async () => void (hospital = await createHospital()));
afterEach(async () => {
  await hospital.stop();
  await nats?.stop();
  nats = undefined;
});

const message = (controlId: string): Admission => ({ controlId, event: "A01", patient: "P1", visit: "V1" });

const warningOf = (fascia: FasciaProcess) =>
  jsonLines(fascia.output().stderr).find((line) => line["msg"] === "hub is not durable");

/** What happened between the publish of a message and the answer to its sender, in order. */
function betweenPublishAndAck(calls: Call[], controlId: string): string[] {
  const steps: string[] = [];
  let file: number | undefined;
  for (const { name, fd, text } of calls) {
    const ofMessage = text.includes(`|${controlId}|`);
    if (name.startsWith("write") && ofMessage && text.includes("HPUB raw.default.ehr")) steps.push("publish");
    else if (/^p?write/.test(name) && ofMessage && text.includes("raw.default.ehr") && !text.includes("MSG ")) {
      steps.push("written");
      file = fd;
    } else if (/sync/.test(name) && fd === file) steps.push("synced");
    else if (name.startsWith("write") && text.includes('\\"stream\\":\\"RAW_default_ehr\\"')) steps.push("PubAck");
    else if (name.startsWith("write") && text.includes(`MSA|AA|${controlId}`)) steps.push("AA");
  }
  return steps.slice(0, steps.indexOf("AA") + 1);
}

async function traced(...options: string[]): Promise<string[]> {
  const fascia = await hospital.run(...options);
  const ehr = new EhrConnection(hospital.ehrPort);
  expect(await ehr.send(admission(message("BEFORE")))).toBe("AA");
  const server = jsonLines(fascia.output().stderr).find((line) => line["msg"] === "nats-server ready");
  const strace = await Strace.attach(server?.["pid"] as number, fascia.pid);
  const code = await ehr.send(admission(message("DURABLE1")));
  const calls = await strace.detach();
  ehr.close();
  expect(code).toBe("AA");
  return betweenPublishAndAck(calls, "DURABLE1");
}

test.skipIf(!canTrace())("the AA follows a sync of the file that the message was written to", async () => {
  const steps = await traced();
  expect(steps.filter((s) => s !== "PubAck")).toEqual(["publish", "written", "synced", "AA"]);
  expect(steps.indexOf("synced")).toBeLessThan(steps.indexOf("PubAck"));
  expect(steps.at(-2)).toBe("PubAck");
});

test.skipIf(!canTrace())("the check above can fail: a lax server answers without a sync", async () => {
  const steps = await traced("--nats-sync", "default");
  expect(steps).toEqual(["publish", "written", "PubAck", "AA"]);
});

test("the server that is started syncs, and nothing is said of it", async () => {
  expect(warningOf(await hospital.run())).toBeUndefined();
});

test("a started server that is to be lax is reported as not durable", async () => {
  expect(warningOf(await hospital.run("--nats-sync", "default"))).toMatchObject({
    level: "warn",
    state: false,
    reason: expect.stringContaining("may be lost") as unknown,
  });
});

test("a lax server of the user's own is reported as not durable, with the way out", async () => {
  nats = await startNats({ sync: "default" });
  const fascia = await hospital.run("--nats", nats.url, "--nats-monitoring", nats.monitoring);
  expect(warningOf(fascia)).toMatchObject({
    state: false,
    reason: "NATS syncs only every 120 s; set jetstream { sync_interval: always } in its configuration",
  });
});

test("a server of the user's own that syncs is fine", async () => {
  nats = await startNats({ sync: "always" });
  const fascia = await hospital.run("--nats", nats.url, "--nats-monitoring", nats.monitoring);
  expect(warningOf(fascia)).toBeUndefined();
});

test("where nobody can tell, that is said, and how it could be told", async () => {
  nats = await startNats({ sync: "always" });
  const small = ["--store-bytes", String(1024 ** 3)];
  const unasked = await hospital.run("--nats", nats.url, ...small);
  expect(warningOf(unasked)).toMatchObject({
    state: "unknown",
    reason: expect.stringContaining("--nats-monitoring") as unknown,
  });
  await unasked.stop();
  const silent = await hospital.run("--nats", nats.url, "--nats-monitoring", "http://127.0.0.1:9", ...small);
  expect(warningOf(silent)).toMatchObject({
    state: "unknown",
    reason: expect.stringContaining("does not answer") as unknown,
  });
});
