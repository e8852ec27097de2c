import { describe, expect, test } from "vitest";
import { admission } from "../../../test/builders/admission.ts";
import { eventually } from "../../../test/builders/eventually.ts";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { type Receiver, Sender, acknowledgment, controlIdOf, framed } from "../../../test/builders/mllp.ts";
import { answering, channel, deliver, outbound, receiver, target } from "../../../test/builders/mllptarget.ts";

const never = new AbortController().signal;

const halfAnAnswer: Receiver["react"] = (_, socket) => {
  socket.end(framed(acknowledgment("AA", "1")).subarray(0, 40));
  return "Nothing";
};

describe("what an MLLP receiver's answer means", () => {
  test.each(["AA", "CA"])("%s: the message is delivered", async (code) => {
    const peer = await receiver(answering(code));
    expect(await deliver(target(peer.port))).toEqual({ kind: "Delivered", detail: code });
    expect(peer.messages).toEqual([admission("1")]);
  });

  test.each(["AE", "CE"])("%s: again later, or never where the adapter says so", async (code) => {
    const peer = await receiver(answering(code));
    const reason = `the receiver answered ${code}`;
    expect(await deliver(target(peer.port))).toEqual({ kind: "Transient", reason, down: false });
    expect(await deliver(target(peer.port, { onError: "Quarantine" }))).toEqual({ kind: "Permanent", reason });
  });

  test.each(["AR", "CR"])("%s: never", async (code) => {
    const peer = await receiver(answering(code));
    const reason = `the receiver answered ${code}`;
    expect(await deliver(target(peer.port))).toEqual({ kind: "Permanent", reason });
  });

  test("an error code of table 0357 is told, the receiver's text is not", async () => {
    const peer = await receiver(
      answering("AR", "ERR|||204^Unknown key TESTPERSON^HL70357|E||||TESTPERSON is unknown\r"),
    );
    const outcome = await deliver(target(peer.port));
    expect(outcome).toEqual({ kind: "Permanent", reason: "the receiver answered AR with error 204" });
  });

  test.each(["TESTPERSON", "4711", "99999"])("%s in the place of the error code is not told", async (code) => {
    const peer = await receiver(answering("AE", `ERR|||${code}\r`));
    expect(await deliver(target(peer.port))).toMatchObject({ reason: "the receiver answered AE" });
  });

  test("an answer for another message is ignored, the right one behind it counts", async () => {
    const peer = await receiver((message) =>
      Buffer.concat([framed(acknowledgment("AR", "another")), framed(acknowledgment("AA", controlIdOf(message)))]),
    );
    expect(await deliver(target(peer.port))).toEqual({ kind: "Delivered", detail: "AA" });
  });

  test("an application acknowledgment behind the commit acknowledgment is not taken for the next message's", async () => {
    const peer = await receiver((message) => {
      const id = controlIdOf(message);
      return id === "1"
        ? Buffer.concat([framed(acknowledgment("CA", id)), framed(acknowledgment("AR", id))])
        : framed(acknowledgment("AA", id));
    });
    const to = target(peer.port);
    expect(await deliver(to, admission("1"))).toEqual({ kind: "Delivered", detail: "CA" });
    expect(await deliver(to, admission("2"))).toEqual({ kind: "Delivered", detail: "AA" });
    expect(peer.accepted).toBe(1);
  });

  test.each<[string, Receiver["react"], string, boolean]>([
    ["a block that is no HL7", () => framed(Buffer.from("OK")), "the answer is no HL7 acknowledgment", false],
    ["a message without MSA", () => framed(admission("1")), "the answer is no HL7 acknowledgment", false],
    ["an unknown code", answering("OK"), "the answer is no HL7 acknowledgment", false],
    ["an endless block", () => Buffer.alloc(70_000, "\x0bx"), "the answer is longer than 65536 bytes", false],
    ["bytes that are not MLLP", () => Buffer.alloc(70_000, "x"), "the receiver does not speak MLLP", true],
    ["half an answer and the end", halfAnAnswer, "the receiver closed the connection", true],
    ["the end without an answer", () => "Close", "closed the connection", true],
  ])("%s leaves unknown whether the message was taken", async (_, react, reason, down) => {
    const peer = await receiver(react);
    const outcome = await deliver(target(peer.port));
    expect(outcome).toEqual({ kind: "Ambiguous", reason: expect.stringContaining(reason), down });
  });

  test("no answer in time leaves it unknown, and a late answer is not taken for the next message's", async () => {
    const clock = new ManualClock();
    const peer = await receiver(() => "Nothing");
    const to = target(peer.port, { timeoutSeconds: 5 }, { clock });
    const first = deliver(to, admission("1"));
    await eventually(() => peer.messages.length === 1);
    clock.advance(5000);
    expect(await first).toEqual({ kind: "Ambiguous", reason: "no acknowledgment within 5 s", down: true });
    const [old] = peer.sockets;
    peer.react = answering("AA");
    old?.write(framed(acknowledgment("AR", "2")));
    expect(await deliver(to, admission("2"))).toEqual({ kind: "Delivered", detail: "AA" });
    expect(peer.accepted).toBe(2);
  });

  test("giving up while waiting leaves it unknown", async () => {
    const peer = await receiver(() => "Nothing");
    const way = await channel(target(peer.port));
    const abort = new AbortController();
    const sending = way.send(outbound(admission("1")), abort.signal);
    await eventually(() => peer.messages.length === 1);
    abort.abort();
    expect(await sending).toMatchObject({ kind: "Ambiguous", reason: expect.stringContaining("given up") });
    way.release();
  });
});

describe("what an MLLP target does not send", () => {
  test.each<[string, unknown, string]>([
    ["JSON", { resourceType: "Bundle" }, "not HL7 v2"],
    ["text", "MSH|^~\\&|", "not HL7 v2"],
    ["bytes that are no HL7", Buffer.from("PID|1"), "MSH"],
    ["a message without MSH-10", Buffer.from("MSH|^~\\&|A|B|||20260115||ADT^A01||P|2.5.1\r"), "MSH-10 is empty"],
    ["an end block within the message", Buffer.concat([admission("1"), Buffer.from("NTE|\x1c\r")]), "0x0B or 0x1C"],
    ["a start block within the message", Buffer.concat([admission("1"), Buffer.from("NTE|\x0b\r")]), "0x0B or 0x1C"],
  ])("%s", async (_, payload, reason) => {
    const peer = await receiver();
    const outcome = await deliver(target(peer.port), payload);
    expect(outcome).toEqual({ kind: "Permanent", reason: expect.stringContaining(reason) });
    expect(peer.messages).toEqual([]);
  });

  test("nothing is sent once the delivery was given up", async () => {
    const peer = await receiver();
    const way = await channel(target(peer.port));
    const outcome = await way.send(outbound(admission("1")), AbortSignal.abort());
    expect(outcome).toMatchObject({ kind: "Transient", down: false });
    way.release();
    expect(peer.messages).toEqual([]);
  });

  test("nothing is sent on a connection that closed after it was acquired", async () => {
    const peer = await receiver();
    const to = target(peer.port);
    const way = await channel(to);
    peer.cutConnections();
    await eventually(() => peer.sockets.size === 0);
    // What was on its way before this goes to and fro has arrived after it.
    const other = await Sender.connect(peer.port);
    other.write(framed(admission("other")));
    await other.acks(1);
    const outcome = await way.send(outbound(admission("1")), never);
    expect(outcome).toEqual({ kind: "Transient", reason: "the receiver closed the connection", down: false });
    way.release();
    expect(await deliver(to)).toMatchObject({ kind: "Delivered" });
  });
});
