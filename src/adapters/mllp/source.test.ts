import { afterEach, describe, expect, test } from "vitest";
import { type Admission, admission } from "../../../test/builders/admission.ts";
import { Sender, framed } from "../../../test/builders/mllp.ts";
import {
  type Answering,
  type RunningSource,
  held,
  roundTrip,
  startSource as start,
} from "../../../test/builders/mllpsource.ts";
import { eventually } from "../../../test/builders/eventually.ts";
import type { SourceDeps } from "../adapter.ts";

const running: RunningSource[] = [];

async function startSource(spec?: Record<string, unknown>, answer?: Answering, deps?: Partial<SourceDeps>) {
  const source = await start(spec, answer, deps);
  running.push(source);
  return source;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ source }) => source.stop()));
});

const message = (controlId: string, msh?: Admission["msh"]): Buffer => framed(admission({ controlId, msh }));
const unavailable: Answering = () => ({ status: "Unavailable", reason: "the hub is full" });

describe("an MLLP source", () => {
  test("hands over the exact bytes, who sent them, and what the header says", async () => {
    const source = await startSource();
    const sender = await Sender.connect(source.port);
    const body = Buffer.concat([admission("17"), Buffer.from([0x4e, 0x54, 0x45, 0x7c, 0xff, 0xfe, 0x0b, 0x0d])]);
    sender.write(framed(body));
    expect(await sender.acks(1)).toEqual(["AA 17"]);
    expect(source.received).toEqual([
      {
        body,
        dialect: "hl7v2",
        identity: ["EHR", "HOSPITAL", "17"],
        messageTime: "20260301120000+0100",
        event: "A01",
      },
    ]);
  });

  test("answers only after the receipt", async () => {
    const { answer, give } = held();
    const source = await startSource({}, answer);
    const sender = await Sender.connect(source.port);
    sender.write(message("1"));
    await eventually(() => source.underWay() === 1);
    await roundTrip(source.port);
    expect(sender.answers).toEqual([]);
    give();
    expect(await sender.acks(1)).toEqual(["AA 1"]);
  });

  test("takes several messages of one write one at a time, in their order", async () => {
    const source = await startSource({}, async (received) => {
      await new Promise((resolve) => setImmediate(resolve));
      return { status: "Accepted", messageId: received.identity.join() };
    });
    const sender = await Sender.connect(source.port);
    const ids = Array.from({ length: 40 }, (_, i) => `${i}`);
    sender.write(Buffer.concat(ids.map((id) => message(id))));
    expect(await sender.acks(40)).toEqual(ids.map((id) => `AA ${id}`));
    expect(source.ids()).toEqual(ids);
    expect(source.mostUnderWay()).toBe(1);
  });

  test("takes messages of several connections side by side", async () => {
    const { answer, give } = held();
    const source = await startSource({}, answer);
    const senders = await Promise.all([1, 2, 3].map(() => Sender.connect(source.port)));
    senders.forEach((sender, i) => sender.write(message(`${i}`)));
    await eventually(() => source.underWay() === 3);
    for (const _ of senders) give();
    expect(await Promise.all(senders.map((sender) => sender.acks(1)))).toEqual([["AA 0"], ["AA 1"], ["AA 2"]]);
  });

  test("takes a message that comes a byte at a time", async () => {
    const source = await startSource();
    const sender = await Sender.connect(source.port);
    for (const byte of message("1")) {
      sender.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await sender.acks(1)).toEqual(["AA 1"]);
  });

  test("answers a duplicate as the first time", async () => {
    const source = await startSource({}, (_, i) => ({ status: i === 0 ? "Accepted" : "Duplicate", messageId: "m" }));
    const sender = await Sender.connect(source.port);
    sender.write(message("1"));
    sender.write(message("1"));
    expect(await sender.acks(2)).toEqual(["AA 1", "AA 1"]);
  });

  test("answers AR to what is refused, says why, and goes on", async () => {
    const source = await startSource({}, (received) =>
      received.identity[2] === "1"
        ? { status: "Refused", reason: "control id reused" }
        : { status: "Accepted", messageId: "m" },
    );
    const sender = await Sender.connect(source.port);
    sender.write(message("1"));
    sender.write(message("2"));
    expect(await sender.acks(2)).toEqual(["AR 1", "AA 2"]);
    expect(sender.answers[0]).toContain("control id reused");
  });

  test("answers AE to what can't be stored and to what is behind it, stores none of that, and closes", async () => {
    const source = await startSource({}, unavailable);
    const sender = await Sender.connect(source.port);
    sender.write(Buffer.concat([message("1"), message("2"), message("3"), message("4").subarray(0, 30)]));
    expect(await sender.allAcks()).toEqual(["AE 1", "AE 2", "AE 3"]);
    expect(source.ids()).toEqual(["1"]);
    expect(sender.answers[2]).toContain("the hub is full");
  });

  test("stores nothing that comes after what could not be stored, however late", async () => {
    const { answer, give } = held();
    const source = await startSource({}, answer);
    const sender = await Sender.connect(source.port);
    sender.write(message("1"));
    await eventually(() => source.underWay() === 1);
    sender.write(message("2"));
    give({ status: "Unavailable", reason: "the hub is gone" });
    await sender.acks(1);
    sender.write(message("3"));
    await sender.closed;
    expect(source.ids()).toEqual(["1"]);
  });

  test("takes an error of the receiver for unavailability, and tells nothing of it", async () => {
    const source = await startSource({}, () => {
      throw new Error("TESTPERSON in a foreign error");
    });
    const sender = await Sender.connect(source.port);
    sender.write(message("1"));
    expect(await sender.allAcks()).toEqual(["AE 1"]);
    expect(sender.answers.join() + source.logged.join()).not.toContain("TESTPERSON");
    expect(source.logged.join()).toContain("receiving failed");
  });

  test.each([
    ["a block without MSH", "PID|1||4711", "AR", "MSH"],
    ["an empty block", "", "AR", "MSH"],
    ["a message without MSH-10", "MSH|^~\\&|EHR|HOSPITAL|||20260115||ADT^A01||P|2.5.1\rPID|1\r", "AR", "MSH-10"],
    ["a message with an MSH-10 that is null", 'MSH|^~\\&|EHR||||20260115||ADT^A01|""|P|2.5.1\r', 'AR ""', "MSH-10"],
    ["two messages in one block", `${admission("1")}${admission("2")}`, "AR 1", "second message"],
    [
      "a message broken off and begun again",
      `${admission("1").subarray(0, 150)}\x0b${admission("2")}`,
      "AR 1",
      "second",
    ],
  ])("answers AR to %s, says why, does not store it, and goes on", async (_, body, ack, why) => {
    const source = await startSource();
    const sender = await Sender.connect(source.port);
    sender.write(framed(Buffer.from(body)));
    sender.write(message("9"));
    expect(await sender.acks(2)).toEqual([ack, "AA 9"]);
    expect(sender.answers[0]).toContain(why);
    expect(source.ids()).toEqual(["9"]);
  });

  test("never answers an acknowledgment, nor stores it", async () => {
    const source = await startSource();
    const sender = await Sender.connect(source.port);
    sender.write(framed(Buffer.from("MSH|^~\\&|A|B|||20260115||ACK^A01|5|P|2.5.1\rMSA|AA|77\r")));
    sender.write(message("1"));
    expect(await sender.acks(1)).toEqual(["AA 1"]);
    expect(source.ids()).toEqual(["1"]);
  });

  test("answers in enhanced mode as MSH-15 and MSH-16 ask", async () => {
    const source = await startSource();
    const sender = await Sender.connect(source.port);
    sender.write(message("1", { 15: "AL", 16: "NE" }));
    sender.write(message("2", { 15: "NE", 16: "NE" }));
    sender.write(message("3", { 15: "AL", 16: "AL" }));
    sender.write(message("4"));
    expect(await sender.acks(4)).toEqual(["CA 1", "CA 3", "AA 3", "AA 4"]);
    expect(source.ids()).toEqual(["1", "2", "3", "4"]);
  });

  test("tells a sender in enhanced mode to try again with the code that it understands", async () => {
    const source = await startSource({ retryCode: "CR" }, unavailable);
    const sender = await Sender.connect(source.port);
    sender.write(Buffer.concat([message("1", { 15: "AL" }), message("2")]));
    expect(await sender.allAcks()).toEqual(["CR 1", "AE 2"]);
  });

  test("answers a sender that closes its side after writing", async () => {
    const { answer, give } = held();
    const source = await startSource({}, answer);
    const sender = await Sender.connect(source.port);
    sender.socket.end(Buffer.concat([message("1"), message("2")]));
    await eventually(() => source.underWay() === 1);
    await roundTrip(source.port);
    give();
    await eventually(() => source.received.length === 2);
    give();
    expect(await sender.allAcks()).toEqual(["AA 1", "AA 2"]);
  });

  test("accepts a byte order mark before MSH, and another character set", async () => {
    const source = await startSource();
    const sender = await Sender.connect(source.port);
    sender.write(
      framed(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), admission({ controlId: "1", msh: { 18: "8859/1" } })])),
    );
    expect(await sender.acks(1)).toEqual(["AA 1"]);
    expect(source.received[0]?.body.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
  });

  test("gives no event where MSH-9.2 has not the form of one", async () => {
    const source = await startSource();
    const sender = await Sender.connect(source.port);
    sender.write(framed(Buffer.from("MSH|^~\\&|EHR|H|||||ADT^Doe, Jane.*|1|P|2.5.1\r")));
    expect(await sender.acks(1)).toEqual(["AA 1"]);
    expect(source.received[0]).not.toHaveProperty("event");
    expect(source.received[0]).not.toHaveProperty("messageTime");
  });

  test("gives each acknowledgment a control id of its own, of at most 20 characters", async () => {
    const source = await startSource();
    const sender = await Sender.connect(source.port);
    sender.write(Buffer.concat([message("1"), message("2")]));
    await sender.acks(2);
    const ids = sender.answers.map((answer) => answer.split("|")[9] ?? "");
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[0-9a-z-]{8,20}$/);
  });
});
