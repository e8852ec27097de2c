import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { type BillingRecord, createBilling } from "./billing.ts";
import { connectEhr } from "./ehr.ts";
import { createEligibility } from "./eligibility.ts";
import { createPatientApp } from "./patientapp.ts";
import { readJournal, spawnStandIn } from "./process.ts";

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

/** Closes it at the end of the test. */
function closing<T extends { close(): Promise<void> | void }>(thing: T): T {
  cleanups.push(() => thing.close());
  return thing;
}

const adt = (controlId: string, event = "A01") =>
  `MSH|^~\\&|HUB|H|BILLING|B|20260101120000+0100||ADT^${event}|${controlId}|P|2.3\rPID|1||7||Quelle^Zoë\r`;

const json = async (url: string, method: string, body?: unknown, headers: Record<string, string> = {}) => {
  const init = { method, headers: { "content-type": "application/json", ...headers } };
  const response = await fetch(url, body === undefined ? init : { ...init, body: JSON.stringify(body) });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
};

describe("billing", () => {
  it("answers AA for the control id, and counts a repeated message again", async () => {
    const billing = closing(await createBilling({ port: 0 }));
    const ehr = closing(await connectEhr(billing.port));
    for (const id of ["M1", "M2", "M1"]) expect(await ehr.send(adt(id))).toMatchObject({ controlId: id, code: "AA" });
    expect(billing.received.map(({ controlId, event, taken }) => ({ controlId, event, taken }))).toEqual([
      { controlId: "M1", event: "A01", taken: true },
      { controlId: "M2", event: "A01", taken: true },
      { controlId: "M1", event: "A01", taken: true },
    ]);
    expect(billing.received[0]?.message).toBe(adt("M1"));
  });

  it("finds messages however the stream is cut, and answers them in order", async () => {
    const billing = closing(await createBilling({ port: 0 }));
    const stream = Buffer.from(["A", "B", "C"].map((id) => `\x0b${adt(id)}\x1c\r`).join(""));
    const socket = connect(billing.port, "127.0.0.1");
    for (const byte of stream) socket.write(Buffer.from([byte]));
    socket.end();
    const answers = await text(socket);
    expect([...answers.matchAll(/MSA\|AA\|(\w)/g)].map((match) => match[1])).toEqual(["A", "B", "C"]);
    expect(billing.received.map(({ controlId }) => controlId)).toEqual(["A", "B", "C"]);
  });

  it("treats one message, or so many, as it was told, and the others normally", async () => {
    const billing = closing(await createBilling({ port: 0 }));
    const ehr = closing(await connectEhr(billing.port));
    const codes = async (...ids: string[]) => {
      const acknowledged = [];
      for (const id of ids) acknowledged.push((await ehr.send(adt(id))).code);
      return acknowledged;
    };
    await billing.setBehaviour({ kind: "Status", status: "AE", times: 2 });
    expect(await codes("1", "2", "3")).toEqual(["AE", "AE", "AA"]);
    await billing.setBehaviour({ kind: "Status", status: "AR", only: "5" });
    expect(await codes("4", "5", "6")).toEqual(["AA", "AR", "AA"]);
    await billing.setBehaviour({ kind: "Status", status: "AR", containing: "|51|" });
    expect(await codes("50", "51", "52")).toEqual(["AA", "AR", "AA"]);
    await billing.setBehaviour({ kind: "Garbage", times: 1 });
    expect(await codes("7", "8")).toEqual([undefined, "AA"]);
    expect(billing.received.filter(({ taken }) => !taken).map(({ controlId }) => controlId)).toEqual([
      "1",
      "2",
      "5",
      "51",
    ]);
  });

  it("takes a message and cuts the connection, holds answers, goes away and comes back on its port", async () => {
    const billing = closing(await createBilling({ port: 0 }));
    const first = closing(await connectEhr(billing.port));
    await billing.setBehaviour({ kind: "Close" });
    expect((await first.send(adt("1"))).code).toBeUndefined();
    expect(billing.received[0]).toMatchObject({ controlId: "1", taken: true });

    await billing.setBehaviour({ kind: "Hold" });
    const second = closing(await connectEhr(billing.port));
    const held = second.send(adt("2"));
    while (billing.received.length < 2) await new Promise((resolve) => setImmediate(resolve));
    await billing.setBehaviour({ kind: "Normal" });
    expect((await held).code).toBe("AA");

    await billing.setBehaviour({ kind: "Down" });
    await expect(connectEhr(billing.port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await billing.setBehaviour({ kind: "Normal" });
    expect((await closing(await connectEhr(billing.port)).send(adt("3"))).code).toBe("AA");
  });

  it("says whose port is taken", async () => {
    const billing = closing(await createBilling({ port: 0 }));
    const refusal = `port ${billing.port} of the billing system is in use by another program`;
    await expect(createBilling({ port: billing.port })).rejects.toThrow(refusal);
  });
});

describe("eligibility", () => {
  const question = { patient: "7", visit: "70", payer: "P", memberId: "M12" };

  it("answers the same question always the same", async () => {
    const service = closing(await createEligibility({ port: 0 }));
    const answer = await json(service.address, "POST", question);
    expect(answer).toMatchObject({ status: 200, body: { ...question, eligible: true, validUntil: "2027-12-31" } });
    expect((await json(service.address, "POST", { ...question, memberId: "M13" })).body).toMatchObject({
      eligible: false,
    });
  });

  it("knows a repeated key only where it is idempotent", async () => {
    for (const idempotent of [true, false]) {
      const service = closing(await createEligibility({ port: 0, idempotent }));
      const asked = { "idempotency-key": "k1" };
      await json(service.address, "POST", question, asked);
      const again = await json(service.address, "POST", { ...question, memberId: "M13" }, asked);
      expect(again.body["eligible"]).toBe(idempotent);
      expect(service.received.map(({ taken }) => taken)).toEqual([true, !idempotent]);
      expect(service.received.map(({ repeated }) => repeated)).toEqual([false, idempotent]);
    }
  });

  it("answers with the scripted status, with garbage, late, or not at all", async () => {
    const service = closing(await createEligibility({ port: 0, idempotent: true }));
    const ask = () => json(service.address, "POST", question, { "idempotency-key": "k" });
    await service.setBehaviour({ kind: "Status", status: 429, retryAfterSeconds: 7 });
    const busy = await ask();
    expect([busy.status, busy.headers.get("retry-after")]).toEqual([429, "7"]);
    await service.setBehaviour({ kind: "Garbage" });
    await expect(ask()).rejects.toThrow(/JSON/);
    await service.setBehaviour({ kind: "Close", taken: false });
    await expect(ask()).rejects.toThrow(/fetch failed/);
    await service.setBehaviour({ kind: "Slow", ms: 30 });
    const begun = performance.now();
    expect((await ask()).status).toBe(200);
    expect(performance.now() - begun).toBeGreaterThan(28);
    await service.setBehaviour({ kind: "Down" });
    await expect(ask()).rejects.toThrow(/fetch failed/);
    expect(service.received.map(({ taken }) => taken)).toEqual([false, true, false, false]);
  });
});

const put = (resource: { resourceType: string; id: string }) => ({
  request: { method: "PUT", url: `${resource.resourceType}/${resource.id}` },
  resource,
});

describe("the patient app", () => {
  const patient = { resourceType: "Patient", id: "p1", active: true };

  it("creates, updates and reads resources, and keeps each one's last version", async () => {
    const app = closing(await createPatientApp({ port: 0 }));
    const url = `${app.address}/Patient/p1`;
    expect(await json(url, "GET")).toMatchObject({ status: 404, body: { resourceType: "OperationOutcome" } });
    expect((await json(url, "PUT", patient)).status).toBe(201);
    const updated = await json(url, "PUT", { ...patient, active: false });
    expect([updated.status, updated.headers.get("etag")]).toEqual([200, `W/"2"`]);
    expect((await json(url, "GET")).body).toMatchObject({ active: false, meta: { versionId: "2" } });
    expect(app.resources.get("Patient/p1")).toMatchObject({ active: false });
    expect(app.received.map(({ reference }) => reference)).toEqual(["Patient/p1", "Patient/p1"]);
  });

  it("takes a transaction whole or not at all", async () => {
    const app = closing(await createPatientApp({ port: 0 }));
    const encounter = { resourceType: "Encounter", id: "e1" };
    const bundle = { resourceType: "Bundle", type: "transaction", entry: [put(patient), put(encounter)] };
    const answer = await json(app.address, "POST", bundle);
    expect(answer).toMatchObject({ status: 200, body: { type: "transaction-response" } });
    expect([...app.resources.keys()]).toEqual(["Patient/p1", "Encounter/e1"]);
    const broken = { ...bundle, entry: [put({ ...patient, id: "p2" }), { resource: encounter }] };
    expect((await json(app.address, "POST", broken)).status).toBe(400);
    expect(app.resources.size).toBe(2);
  });

  it("refuses a resource under another's address", async () => {
    const app = closing(await createPatientApp({ port: 0 }));
    expect((await json(`${app.address}/Patient/p2`, "PUT", patient)).status).toBe(400);
    expect((await json(`${app.address}/Encounter/p1`, "PUT", patient)).status).toBe(400);
    expect(app.received).toEqual([]);
  });
});

it("as a process of its own writes down what it got before it answers, and can be told how to behave", async () => {
  const dir = await mkdtemp(join(tmpdir(), "fascia-standin-"));
  cleanups.push(() => rm(dir, { recursive: true }));
  const journal = join(dir, "billing.ndjson");
  const billing = closing(await spawnStandIn<BillingRecord>("billing", { journal }));
  expect(await billing.received()).toEqual([]);
  const ehr = closing(await connectEhr(billing.port));
  expect((await ehr.send(adt("1"))).code).toBe("AA");
  expect(await readFile(journal, "utf8")).toMatch(/^\{.*"controlId":"1".*\}\n$/);
  await billing.setBehaviour({ kind: "Status", status: "AE" });
  expect((await ehr.send(adt("2"))).code).toBe("AE");
  expect((await readJournal<BillingRecord>(journal)).map(({ taken }) => taken)).toEqual([true, false]);
});
