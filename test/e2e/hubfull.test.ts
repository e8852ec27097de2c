import { afterEach, beforeEach, expect, test } from "vitest";
import { type Hub, closeHub } from "../../src/jetstream/hub.ts";
import { type Admission, admission } from "../builders/admission.ts";
import { EhrConnection } from "../builders/ehr.ts";
import { eventually } from "../builders/eventually.ts";
import { type Hospital, createHospital } from "../builders/hospital.ts";
import { Sender, framed } from "../builders/mllp.ts";
import { boundStream, openHub } from "../builders/openhub.ts";

const MIB = 1024 ** 2;
let hospital: Hospital;
let hub: Hub;
let ehr: EhrConnection;

async function start(change?: (file: string, text: string) => string): Promise<void> {
  hospital = await createHospital((file, text) => change?.(file, quick(file, text)) ?? quick(file, text));
  await hospital.run();
  hub = await openHub(hospital.data);
  ehr = new EhrConnection(hospital.ehrPort);
}

/** What is repeated is recognised for a second only, so that RAW may give room back after that. */
const quick = (file: string, text: string): string =>
  file === "ehr.yaml" ? text.replace("windowSeconds: 7200", "windowSeconds: 1") : text;

beforeEach(() => void (sent = 0));
afterEach(async () => {
  ehr.close();
  await closeHub(hub);
  await hospital.stop();
});

let sent = 0;
/** An admission of a patient of their own, with so much text in it. */
function next(bytes = 0, more: Partial<Admission> = {}): Admission {
  const id = `F${++sent}`;
  return {
    controlId: id,
    event: "A01",
    patient: `P${id}`,
    visit: `V${id}`,
    name: `${"X".repeat(bytes)}^${id}`,
    ...more,
  };
}

const systems = () => [hospital.billing, hospital.eligibility, hospital.app];
const allSystems = async (kind: "Down" | "Normal"): Promise<void> => {
  await Promise.all(systems().map((s) => s.setBehaviour({ kind })));
};
/** Visits that billing was told of, admissions and eligibility results apart, as often as it was told. */
function billed(kind: "admission" | "eligibility"): string[] {
  return hospital.billing.received
    .filter((r) => r.taken && r.message.includes("ELIGIBILITY") === (kind === "eligibility"))
    .map((r) => /\|V(F\d+)/.exec(r.message)?.[1] ?? "");
}
const idsOf = (messages: Admission[]): string[] => messages.map((m) => m.controlId).toSorted();

/** Each of them is at all targets, and at billing once with its result. */
const expectDelivered = (messages: Admission[]): Promise<void> =>
  eventually(async () => {
    expect(billed("admission").toSorted()).toEqual(idsOf(messages));
    expect(billed("eligibility").toSorted()).toEqual(idsOf(messages));
    expect(new Set(hospital.eligibility.received.map((r) => r.request["visit"])).size).toBe(messages.length);
    expect(await hospital.audit()).toHaveLength(messages.length);
    expect([...hospital.app.resources.values()].filter((r) => r.resourceType === "Patient")).toHaveLength(
      messages.length,
    );
  }, 60_000);

/** Sends new messages until one is refused; resolves with those that were accepted, and the refusal. */
async function fill(
  bytes: number,
  atMost: number,
): Promise<{ accepted: Admission[]; refused: Admission; code: string }> {
  const accepted: Admission[] = [];
  for (let i = 0; i < atMost; i++) {
    const message = next(bytes);
    const code = await ehr.send(admission(message));
    if (code !== "AA") return { accepted, refused: message, code };
    accepted.push(message);
  }
  throw new Error(`after ${atMost} messages nothing was full yet`);
}

test("HUB and RAW full: AE, never AA; when the targets are back all that was accepted arrives, and there is room", async () => {
  await start();
  await allSystems("Down");
  await boundStream(hub, "HUB_registration", MIB);
  await boundStream(hub, "RAW_default_ehr", 2 * MIB);
  const { accepted, refused, code } = await fill(20_000, 200);
  expect(code).toBe("AE");
  const { state, config } = await hub.jsm.streams.info("HUB_registration");
  expect(state.bytes).toBeGreaterThan(0.85 * config.max_bytes);
  await allSystems("Normal");
  await eventually(async () => expect(await ehr.send(admission(refused))).toBe("AA"));
  await expectDelivered([...accepted, refused]);
});

test("what follows a refused message on its connection is refused as well, and not stored before it", async () => {
  await start();
  await boundStream(hub, "RAW_default_ehr", 200_000);
  const large = next(300_000);
  const small = [next(), next(), next()];
  const sender = await Sender.connect(hospital.ehrPort);
  sender.write(Buffer.concat([large, ...small].map((m) => framed(admission(m)))));
  expect(await sender.allAcks()).toEqual([large, ...small].map((m) => `AE ${m.controlId}`));
  expect((await hub.jsm.streams.info("RAW_default_ehr")).state.messages).toBe(0);
  await boundStream(hub, "RAW_default_ehr", 10 * MIB);
  for (const message of [large, ...small]) expect(await ehr.send(admission(message))).toBe("AA");
  await expectDelivered([large, ...small]);
});

test("in enhanced mode a full hub is CE, and what follows too", async () => {
  await start();
  await boundStream(hub, "RAW_default_ehr", 200_000);
  const enhanced = (m: Admission) => admission(m).toString().replace("|P|2.5.1|||||", "|P|2.5.1|||AL|NE|");
  const [large, small] = [next(300_000), next()];
  const sender = await Sender.connect(hospital.ehrPort);
  sender.write(Buffer.concat([large, small].map((m) => framed(Buffer.from(enhanced(m))))));
  expect(await sender.allAcks()).toEqual([`CE ${large.controlId}`, `CE ${small.controlId}`]);
});

test("PARKED full: what does not fit waits in the hub, and all arrives when the target is back", async () => {
  await start((file, text) =>
    file === "integrations.yaml"
      ? text.replaceAll(
          /attempts: 5\s+initialDelaySeconds: 1\s+maxDelaySeconds: 60/g,
          "attempts: 1\n          initialDelaySeconds: 1\n          maxDelaySeconds: 2",
        )
      : text,
  );
  await boundStream(hub, "PARKED_default_billing", 300_000);
  await hospital.billing.setBehaviour({ kind: "Status", status: "AE" });
  const messages = Array.from({ length: 12 }, () => next(60_000));
  for (const message of messages) expect(await ehr.send(admission(message))).toBe("AA");
  await eventually(async () => {
    const { state } = await hub.jsm.streams.info("PARKED_default_billing");
    expect(state.messages).toBeGreaterThan(1);
  });
  await hospital.billing.setBehaviour({ kind: "Normal" });
  await expectDelivered(messages);
  await eventually(async () => expect((await hub.jsm.streams.info("PARKED_default_billing")).state.messages).toBe(0));
});

test("LINEAGE full: sending stops and goes on by itself; nothing is lost or repeated", async () => {
  await start();
  await boundStream(hub, "LINEAGE_default", 400_000);
  const messages: Admission[] = [];
  const connections = Array.from({ length: 8 }, () => new EhrConnection(hospital.ehrPort));
  await Promise.all(
    connections.map(async (connection) => {
      for (let i = 0; i < 15; i++) {
        const message = next();
        messages.push(message);
        await connection.deliver(admission(message));
      }
      connection.close();
    }),
  );
  expect(messages).toHaveLength(120);
  await expectDelivered(messages);
});

test("QUARANTINE full: only what would go there waits; it goes on when there is room", async () => {
  const events = "[A01, A03, A04, A08, A40]";
  await start((_file, text) => text.replace(events, "[A01]"));
  await boundStream(hub, "QUARANTINE_default", 150_000);
  const poison = Array.from({ length: 4 }, () => next(60_000, { event: "A08" }));
  for (const message of poison) expect(await ehr.send(admission(message))).toBe("AA");
  const fine = [next(), next()];
  for (const message of fine) expect(await ehr.send(admission(message))).toBe("AA");
  await expectDelivered(fine);
  expect((await hub.jsm.streams.info("QUARANTINE_default")).state.messages).toBe(2);
  await hospital.edit("ehr.yaml", (text) => text.replace("[A01]", events));
  for (let replayed = 0; replayed < poison.length;) {
    const entries = (await hospital.command("quarantine", "list", "--json")).split("\n").filter(Boolean);
    const ids = entries.map((line) => (JSON.parse(line) as { id: string }).id);
    if (ids.length > 0) await hospital.command("replay", ...ids);
    replayed += ids.length;
  }
  await eventually(() => expect(billed("admission").toSorted()).toEqual(idsOf([...fine, ...poison])));
});
