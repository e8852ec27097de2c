import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { eventually } from "../../../test/builders/eventually.ts";
import { type TestNats, startNats } from "../../../test/builders/nats.ts";
import { SourceRig, rawSeqOf, received } from "../../../test/builders/sourcerig.ts";
import type { AdapterSpec } from "../../api/adapter.ts";
import { NORMALISER, rawStream } from "../../compile/names.ts";
import { MAX_SEGMENTS } from "../../formats/hl7v2/size.ts";
import { HEADER } from "../../jetstream/headers.ts";
import { createLog, silentLog } from "../../telemetry/log.ts";
import type { Ingest } from "../ingest.ts";
import { MAX_KEYS } from "./prepare.ts";

const MIB = 1024 ** 2;
let nats: TestNats;
let rig: SourceRig;
let ingest: Ingest;

beforeAll(async () => void (nats = await startNats()));
beforeEach(() => setUp());
afterEach(() => rig.stop());
afterAll(() => nats.stop());

async function setUp(spec: Partial<AdapterSpec> = {}, sizes: Record<string, number> = {}): Promise<void> {
  await rig?.stop();
  rig = await SourceRig.create(nats, spec, sizes);
  ingest = await rig.ingest();
}

const send = async (id: string, body: object | string, more = {}): Promise<void> =>
  expect(await ingest.receive(received(id, body, more))).toMatchObject({ status: "Accepted" });
const done = () => eventually(async () => expect(await rig.unacknowledged()).toBe(0));
const stream = () => rawStream({ namespace: "default", name: rig.name });

/** Delivers every original again, as a consumer does that has forgotten all acknowledgements. */
async function forgetAcknowledgements(): Promise<void> {
  const { config } = await rig.hub.jsm.consumers.info(stream(), NORMALISER);
  await rig.hub.jsm.consumers.delete(stream(), NORMALISER);
  await rig.hub.jsm.consumers.add(stream(), config);
}

/** Numbers of a patient's messages in the order of the hub. */
const numbersOf = async (patient: string): Promise<unknown[]> =>
  (await rig.bodies()).filter((b) => b["patient"] === patient).map((b) => b["n"]);

test("an original becomes a message of its contract, with its id, its keys as hashes and its place in RAW", async () => {
  await rig.normaliser();
  await send("C1", { patient: "p1", event: "admit", n: 1 });
  await done();
  const [message] = await rig.published();
  const [original] = await rig.originals();
  expect(message?.subject).toMatch(
    new RegExp(`^hub\\.${rig.domains[0]}\\.note\\.1\\.default\\.${rig.name}\\.admit\\.\\d\\d$`),
  );
  expect(message?.header(HEADER.messageId)).toBe(original?.header(HEADER.messageId));
  expect(message?.header(HEADER.keys)).toMatch(/^k1\.[\w-]{22}$/);
  expect(rawSeqOf(message as never)).toBe("1.1/1");
  expect(await rig.records()).toEqual([
    expect.objectContaining({
      hop: "Normalised",
      outcome: "Published",
      contract: "note",
      version: "1.0.0",
      event: "admit",
    }),
  ]);
});

test("messages of one patient keep their order", async () => {
  await rig.normaliser();
  for (let i = 0; i < 90; i++) await send(`C${i}`, { patient: `p${i % 3}`, n: i });
  await done();
  for (let p = 0; p < 3; p++) {
    const expected = Array.from({ length: 30 }, (_, i) => i * 3 + p);
    expect(await numbersOf(`p${p}`)).toEqual(expected);
  }
});

test("what can't be turned into its contract is put aside with its reason and without a word of it, and the next goes on", async () => {
  await setUp({
    emits: [
      {
        contract: "note",
        version: "1.0.0",
        event: "event",
        events: ["admit"],
        key: "patient",
        mapping: {
          version: "1",
          jsonata: `kind = "throws" ? $error("CANARY " & secret) : kind = "endless" ? ($f := function($x) { $f($x) }; $f(1)) : kind = "nothing" ? undefined : kind = "huge" ? ($filling := $pad("", 60000, "x"); { "filling": [1..200].$filling }) : $`,
        },
      },
    ],
  } as never);
  const logged: object[] = [];
  await rig.normaliser({ ...silentLog, warn: (text, fields) => void logged.push({ text, ...fields }) });
  await send("P1", "CANARY this is not JSON");
  await send("P2", { event: "discharge", patient: "p" });
  await send("P3", { event: "admit", patient: "p", kind: "throws", secret: "CANARY" });
  await send("P4", { event: "admit", patient: "p", kind: "endless" });
  await send("P5", { event: "admit", patient: "p", kind: "nothing" });
  await send("P6", { event: "admit", patient: "p", kind: "huge" });
  await send("P7", { event: "admit", patient: "p", n: 7 });
  await done();
  expect((await rig.bodies()).map((b) => b["n"])).toEqual([7]);
  const aside = await rig.quarantined();
  expect(aside.map((m) => m.header(HEADER.outcome))).toEqual(Array(6).fill("Permanent"));
  const records = (await rig.records()).filter((r) => r.outcome === "Quarantined");
  expect(records.map((r) => r.rule)).toEqual([
    "NotJson",
    "UnmappedEvent",
    "ExpressionFailed",
    expect.stringMatching(/^Expression(Timeout|TooDeep)$/),
    "ContractViolation",
    "MessageTooLarge",
  ]);
  const drift = logged.filter((line) => "field" in line);
  // The one payload that breaks its contract.
  expect(drift).toMatchObject([{ text: "contract does not know", kind: "Value", field: "$" }]);
  expect(logged).toHaveLength(drift.length + 6);
  expect(logged[0]).toMatchObject({ text: "message is in quarantine", state: "normalise", outcome: "Permanent" });
  expect(JSON.stringify([records, logged, aside.map((m) => m.header(HEADER.reason))])).not.toContain("CANARY");
});

test("a message that is larger than the hub takes goes aside, whole, and blocks nobody", async () => {
  await setUp({
    emits: [
      { contract: "note", version: "1.0.0", key: "patient" },
      { contract: "copy", version: "1.0.0", key: "patient", mapping: { version: "1", jsonata: `{ "twice": [$, $] }` } },
    ],
  });
  await rig.normaliser();
  await send("B1", { patient: "p", filling: "x".repeat(5 * MIB) });
  await send("B2", { patient: "p", n: 2 });
  await done();
  expect((await rig.bodies()).map((b) => b["n"])).toEqual([2]);
  expect(await rig.published(rig.domains[1])).toHaveLength(1);
  const [aside] = await rig.quarantined();
  expect(aside?.header(HEADER.reason)).toMatch(/^as copy the message has \d+ bytes, more than the hub takes/);
});

test("a message of more keys than the hub's headers can hold goes aside, and blocks nobody", async () => {
  await rig.normaliser();
  const patients = (count: number) => Array.from({ length: count }, (_, i) => `p${i}`);
  await send("K1", { patient: patients(MAX_KEYS), n: 1 });
  await send("K2", { patient: patients(3000), n: 2 });
  await send("K3", { patient: "p", n: 3 });
  await done();
  expect((await rig.bodies()).map((b) => b["n"])).toEqual([1, 3]);
  const [aside] = await rig.quarantined();
  expect(aside?.header(HEADER.reason)).toMatch(/^as note the message has 3000 ordering keys, more than 100/);
});

test("an HL7 v2 message of more segments than can be converted in one go goes aside unconverted, and blocks nobody", async () => {
  await rig.normaliser();
  const segments = `MSH|^~\\&|A||||||ADT^A01|1|P|2.5\r${"NK1|1\r".repeat(MAX_SEGMENTS)}`;
  await send("S1", segments, { dialect: "hl7v2" });
  await send("S2", { patient: "p", n: 2 });
  await done();
  expect((await rig.bodies()).map((b) => b["n"])).toEqual([2]);
  const [aside] = await rig.quarantined();
  expect(aside?.header(HEADER.reason)).toMatch(/^the message has more than 10000 segments, /);
  expect((await rig.records()).map((r) => r.rule)).toContain("Hl7v2TooLarge");
});

test("of two normalisers one works; when it stops, the other goes on where it was", async () => {
  const first = await rig.normaliser();
  await send("C1", { patient: "p", n: 1 });
  await done();
  await rig.normaliser();
  for (let i = 2; i <= 20; i++) await send(`C${i}`, { patient: "p", n: i });
  await first.stop();
  for (let i = 21; i <= 40; i++) await send(`C${i}`, { patient: "p", n: i });
  await done();
  expect(await numbersOf("p")).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
});

test("originals that come again after every acknowledgement was forgotten are not published again, nor put aside again", async () => {
  const first = await rig.normaliser();
  for (let i = 1; i <= 30; i++)
    await send(`C${i}`, i === 7 ? "no JSON" : { patient: `p${i % 5}`, n: i, both: i % 2 === 0 });
  await done();
  await first.stop();
  const [notes, copies] = [await rig.published(), await rig.published(rig.domains[1])];
  await forgetAcknowledgements();
  expect(await rig.unacknowledged()).toBe(30);
  await rig.normaliser();
  await done();
  expect((await rig.published()).map(rawSeqOf)).toEqual(notes.map(rawSeqOf));
  expect((await rig.published(rig.domains[1])).map(rawSeqOf)).toEqual(copies.map(rawSeqOf));
  expect(await rig.quarantined()).toHaveLength(1);
});

test("the missing half of an original follows after a restart, and the half that is there is not repeated", async () => {
  await setUp({}, { HUB_copies: MIB });
  const copies = `HUB_${rig.domains[1]}`;
  await rig.hub.jsm.streams.update(copies, { max_msgs: 1, discard: "new" as never });
  const first = await rig.normaliser();
  await send("C1", { patient: "p", n: 1, both: true });
  await send("C2", { patient: "p", n: 2, both: true });
  await send("C3", { patient: "q", n: 3 });
  await eventually(async () => expect(await rig.published()).toHaveLength(3));
  expect(await rig.published(rig.domains[1])).toHaveLength(1);
  await first.stop();
  expect(await rig.unacknowledged()).toBeGreaterThan(0);
  await rig.hub.jsm.streams.update(copies, { max_msgs: -1 });
  await rig.normaliser();
  await done();
  expect((await rig.published()).map(rawSeqOf).toSorted()).toEqual(["1.1/2", "2.1/2", "3.1/1"]);
  expect((await rig.published(rig.domains[1])).map(rawSeqOf)).toEqual(["1.2/2", "2.2/2"]);
});

test("a server that crashes at work neither repeats nor reorders nor loses", async () => {
  await rig.normaliser();
  let sent = 0;
  const sending = (async () => {
    for (; sent < 150; sent++) {
      while (
        (await ingest.receive(received(`C${sent}`, { patient: `p${sent % 4}`, n: sent }))).status === "Unavailable"
      );
    }
  })();
  for (const at of [40, 90]) {
    await eventually(() => expect(sent).toBeGreaterThan(at));
    await nats.kill();
    await nats.restart();
  }
  await sending;
  await eventually(async () => expect(await rig.unacknowledged()).toBe(0));
  for (let p = 0; p < 4; p++) {
    const expected = Array.from({ length: 150 }, (_, i) => i).filter((i) => i % 4 === p);
    expect(await numbersOf(`p${p}`)).toEqual(expected);
  }
}, 90_000);

test("a full hub is waited for: originals stay, replies still fit, and with room all goes on in order", async () => {
  await setUp({}, { HUB_notes: 2 * MIB });
  await rig.normaliser();
  const filling = "x".repeat(100_000);
  for (let i = 0; i < 30; i++) await send(`C${i}`, { patient: "p", n: i, filling });
  const bytes = async () => (await rig.hub.jsm.streams.info(`HUB_${rig.domains[0]}`)).state.bytes;
  await eventually(async () => expect(await bytes()).toBeGreaterThan(1.7 * MIB));
  expect(await bytes()).toBeLessThanOrEqual(1.8 * MIB);
  expect(await rig.unacknowledged()).toBeGreaterThan(10);
  const first = await numbersOf("p");
  await rig.hub.jsm.streams.purge(`HUB_${rig.domains[0]}`);
  await eventually(async () => expect((await numbersOf("p")).length).toBeGreaterThan(30 - first.length - 1));
  expect([...first, ...(await numbersOf("p"))]).toEqual(Array.from({ length: 30 }, (_, i) => i));
  await done();
});

test("while lineage is full nothing is acknowledged, and with room it is", async () => {
  await rig.normaliser();
  await send("C1", { patient: "p", n: 1 });
  await done();
  await rig.hub.jsm.streams.update("LINEAGE_default", { max_msgs: 1, discard: "new" as never });
  await send("C2", { patient: "p", n: 2 });
  await eventually(async () => expect(await numbersOf("p")).toEqual([1, 2]));
  expect(await rig.unacknowledged()).toBe(1);
  await rig.hub.jsm.streams.update("LINEAGE_default", { max_msgs: -1 });
  await done();
  expect((await rig.records()).map((r) => r.outcome)).toEqual(["Published", "Published"]);
});

test("an error that does not pass is not asked for without end", async () => {
  const lines: string[] = [];
  const log = createLog({ level: "info", destination: { write: (line) => void lines.push(line) } });
  await rig.hub.jsm.streams.update(`HUB_${rig.domains[0]}`, { max_msg_size: 10 });
  await rig.normaliser(log);
  await send("C1", { patient: "p", n: 1, filling: "x".repeat(100) });
  await eventually(() => expect(lines.filter((l) => l.includes("normaliser begins anew"))).toHaveLength(3));
  await rig.hub.jsm.streams.update(`HUB_${rig.domains[0]}`, { max_msg_size: -1 });
  await done();
  expect(lines.filter((l) => l.includes("normaliser begins anew")).length).toBeLessThan(8);
});

test("what the contract does not know is counted by position, and told and kept without a word of it", async () => {
  const open = { type: "object", properties: { patient: {}, event: {}, n: { type: "number" } } };
  (rig.config.contracts["note@1.0.0"] as { json: object }).json = { schema: open };
  const logged: object[] = [];
  const first = await rig.normaliser({ ...silentLog, warn: (text, fields) => void logged.push({ text, ...fields }) });
  await send("D1", { patient: "p", CANARY: 1, other_CANARY: 2 });
  await send("D2", { patient: "p", CANARY: 1 });
  await send("D3", { patient: "p", n: "CANARY" });
  await done();
  await first.stop();
  const second = await rig.normaliser();
  await send("D4", { patient: "p", CANARY: 1 });
  await done();
  await second.stop();
  const told = (await rig.records()).findLast((record) => record.hop === "Drifted")?.drift;
  // Messages are settled side by side: which is counted first is not said.
  expect(told?.toSorted((a, b) => b.count - a.count)).toEqual([
    expect.objectContaining({ contract: "note", version: "1.0.0", kind: "Field", position: "*", count: 3 }),
    expect.objectContaining({ kind: "Value", position: "n", count: 1 }),
  ]);
  expect(logged.filter((line) => "field" in line)).toHaveLength(2);
  for (const first of [
    { kind: "Field", field: "*" },
    { kind: "Value", field: "n" },
  ])
    expect(logged).toContainEqual(expect.objectContaining({ text: "contract does not know", ...first }));
  expect(JSON.stringify([told, logged])).not.toContain("CANARY");
});
