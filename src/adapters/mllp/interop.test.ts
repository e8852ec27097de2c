import type { AddressInfo } from "node:net";
import { Hl7Message } from "@medplum/core";
import { Hl7Client, Hl7Server, ReturnAckCategory } from "@medplum/hl7";
import { afterEach, describe, expect, test } from "vitest";
import { MemorySecrets } from "../../../test/builders/certificates.ts";
import { type Admission, admission } from "../../../test/builders/admission.ts";
import { startSource } from "../../../test/builders/mllpsource.ts";
import { mllpTransport } from "../../api/adapter-mllp.ts";
import { systemClock } from "../../base/clock.ts";
import { silentLog } from "../../telemetry/log.ts";
import { type Outcome, isChannel } from "../adapter.ts";
import { createMllpTarget } from "./target.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** A message as the peer has it. The package brings a version of @medplum/core of its own, which ours stands in for. */
type PeerMessage = Awaited<ReturnType<Hl7Client["sendAndWait"]>>;

const parsed = (controlId: string, msh?: Admission["msh"]): PeerMessage =>
  Hl7Message.parse(admission({ controlId, msh }).toString()) as unknown as PeerMessage;

/** The code and control id that an independent client reads from our answer. */
const msaOf = (message: PeerMessage): string[] =>
  [1, 2].map((field) => message.getSegment("MSA")?.getField(field).toString() ?? "");

describe("an independent MLLP client (@medplum/hl7)", () => {
  async function client() {
    const source = await startSource();
    cleanups.push(() => source.source.stop());
    const made = new Hl7Client({ host: "127.0.0.1", port: source.port, keepAlive: true });
    cleanups.push(() => made.close());
    return { source, client: made };
  }

  test("sends one message after the other and reads our acknowledgments", async () => {
    const { source, client: sender } = await client();
    for (let i = 0; i < 20; i++) {
      const answer = await sender.sendAndWait(parsed(`${i}`));
      expect(msaOf(answer)).toEqual(["AA", `${i}`]);
    }
    expect(
      Buffer.from(source.received[7]?.body ?? "")
        .toString()
        .trim(),
    ).toBe(admission("7").toString().trim());
  });

  test("sends many at once and gets each one's acknowledgment", async () => {
    const { source, client: sender } = await client();
    const ids = Array.from({ length: 50 }, (_, i) => `${i}`);
    const answers = await Promise.all(ids.map((id) => sender.sendAndWait(parsed(id))));
    expect(answers.map(msaOf)).toEqual(ids.map((id) => ["AA", id]));
    expect(source.ids()).toEqual(ids);
  });

  test("reads commit and application acknowledgment in enhanced mode", async () => {
    const { client: sender } = await client();
    const first = { returnAck: ReturnAckCategory.FIRST, timeoutMs: 5000 };
    expect(msaOf(await sender.sendAndWait(parsed("1", { 15: "AL", 16: "NE" }), first))).toEqual(["CA", "1"]);
    const both = { returnAck: ReturnAckCategory.APPLICATION, timeoutMs: 5000 };
    expect(msaOf(await sender.sendAndWait(parsed("2", { 15: "AL", 16: "AL" }), both))).toEqual(["AA", "2"]);
  });
});

describe("an independent MLLP server (@medplum/hl7)", () => {
  async function deliver(answer: (message: PeerMessage) => PeerMessage, controlIds: string[]): Promise<Outcome[]> {
    const server = new Hl7Server((connection) => {
      connection.addEventListener("message", (event: { message: PeerMessage }) =>
        connection.send(answer(event.message)),
      );
    });
    await server.start(0);
    cleanups.push(() => server.stop({ forceDrainTimeoutMs: 100 }));
    const { port } = server.server!.address() as AddressInfo;
    const spec = mllpTransport.parse({ target: { host: "127.0.0.1", port } }).target;
    if (spec === undefined) throw new Error("no target");
    const target = createMllpTarget(spec, { secrets: new MemorySecrets(), clock: systemClock, log: silentLog });
    cleanups.push(() => target.close());
    const { signal } = new AbortController();
    const outcomes: Outcome[] = [];
    for (const controlId of controlIds) {
      const way = await target.acquire(signal);
      if (!isChannel(way)) throw new Error(way.reason);
      outcomes.push(await way.send({ payload: admission(controlId), messageId: "m", idempotencyKey: "k" }, signal));
      way.release();
    }
    return outcomes;
  }

  test("acknowledges what we send", async () => {
    const outcomes = await deliver((message) => message.buildAck(), ["1", "2", "3"]);
    expect(outcomes).toEqual(Array.from({ length: 3 }, () => ({ kind: "Delivered", detail: "AA" })));
  });

  test("refuses what we send", async () => {
    expect(await deliver((message) => message.buildAck({ ackCode: "AR" }), ["1"])).toMatchObject([
      { kind: "Permanent" },
    ]);
  });
});
