import { afterEach, describe, expect, test } from "vitest";
import { MemorySecrets } from "../../../test/builders/certificates.ts";
import { admission } from "../../../test/builders/admission.ts";
import { type Reaction, Receiver, acknowledgment, controlIdOf, framed } from "../../../test/builders/mllp.ts";
import { eventually } from "../../../test/builders/eventually.ts";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { stillOpen } from "../../../test/builders/stillopen.ts";
import { mllpTransport } from "../../api/adapter-mllp.ts";
import { systemClock } from "../../base/clock.ts";
import { silentLog } from "../../telemetry/log.ts";
import { type Channel, type Outcome, type Target, type TargetDeps, isChannel } from "../adapter.ts";
import { createMllpTarget } from "./target.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const never = new AbortController().signal;

async function receiver(react?: Receiver["react"]): Promise<Receiver> {
  const peer = await new Receiver().listen();
  if (react !== undefined) peer.react = react;
  cleanups.push(() => peer.close());
  return peer;
}

function target(port: number, spec: Record<string, unknown> = {}, deps: Partial<TargetDeps> = {}): Target {
  const parsed = mllpTransport.parse({ target: { host: "127.0.0.1", port, ...spec } }).target;
  if (parsed === undefined) throw new Error("no target");
  const made = createMllpTarget(parsed, { secrets: new MemorySecrets(), clock: systemClock, log: silentLog, ...deps });
  cleanups.push(() => made.close());
  return made;
}

async function channel(to: Target, signal = never): Promise<Channel> {
  const acquired = await to.acquire(signal);
  if (!isChannel(acquired)) throw new Error(acquired.reason);
  return acquired;
}

const outbound = (payload: unknown) => ({ payload, messageId: "m", idempotencyKey: "k" });

async function deliver(to: Target, payload: unknown = admission("1"), signal = never): Promise<Outcome> {
  const way = await to.acquire(signal);
  if (!isChannel(way)) return way;
  try {
    return await way.send(outbound(payload), signal);
  } finally {
    way.release();
  }
}

const answering =
  (code: string, more = ""): Receiver["react"] =>
  (message) =>
    framed(acknowledgment(code, controlIdOf(message), more));

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
    const outcome = await way.send(outbound(admission("1")), never);
    expect(outcome).toEqual({ kind: "Transient", reason: "the receiver closed the connection", down: false });
    way.release();
    expect(await deliver(to)).toMatchObject({ kind: "Delivered" });
  });
});

describe("the connections of an MLLP target", () => {
  test("a receiver that is not there is down, and nothing was sent", async () => {
    const peer = await receiver();
    const { port } = peer;
    await peer.close();
    expect(await deliver(target(port))).toEqual({
      kind: "Transient",
      reason: `cannot connect to 127.0.0.1:${port}: ECONNREFUSED; nothing listens there`,
      down: true,
    });
  });

  test("a receiver that takes too long to connect to is down", async () => {
    const clock = new ManualClock();
    // A plain receiver never answers a TLS handshake.
    const peer = await receiver();
    const delivery = deliver(target(peer.port, { tls: {}, connectTimeoutSeconds: 3 }, { clock }));
    await eventually(() => peer.accepted === 1);
    clock.advance(3000);
    const reason = `cannot connect to 127.0.0.1:${peer.port}: no answer within 3 s`;
    expect(await delivery).toEqual({ kind: "Transient", reason, down: true });
  });

  test("giving up while connecting says nothing about the receiver", async () => {
    const abort = new AbortController();
    const peer = await receiver();
    const delivery = deliver(target(peer.port, { tls: {} }), admission("1"), abort.signal);
    await eventually(() => peer.accepted === 1);
    abort.abort();
    expect(await delivery).toMatchObject({ kind: "Transient", down: false });
  });

  test("one connection carries message after message", async () => {
    const peer = await receiver();
    const to = target(peer.port);
    for (let i = 0; i < 20; i++) expect(await deliver(to, admission(`${i}`))).toMatchObject({ kind: "Delivered" });
    expect(peer.accepted).toBe(1);
    expect(peer.messages.map(controlIdOf)).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`));
  });

  test("there are never more than `connections`, and each has one message under way", async () => {
    const peer = await receiver();
    let underWay = 0;
    let most = 0;
    peer.react = async (message) => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, 2));
      underWay--;
      return framed(acknowledgment("AA", controlIdOf(message)));
    };
    const to = target(peer.port, { connections: 3 });
    expect(to.concurrency).toBe(3);
    const outcomes = await Promise.all(Array.from({ length: 30 }, (_, i) => deliver(to, admission(`${i}`))));
    expect(outcomes.every((outcome) => outcome.kind === "Delivered")).toBe(true);
    expect(most).toBe(3);
    expect(peer.accepted).toBe(3);
  });

  test("who waits for a connection gets it in turn, and may give up", async () => {
    const peer = await receiver();
    const to = target(peer.port);
    const first = await channel(to);
    const order: number[] = [];
    const abort = new AbortController();
    const second = channel(to).then((way) => (order.push(2), way));
    const third = to.acquire(abort.signal);
    const fourth = channel(to).then((way) => (order.push(4), way));
    abort.abort();
    expect(await third).toEqual({ kind: "Transient", reason: "given up before a connection was free", down: false });
    first.release();
    (await second).release();
    (await fourth).release();
    expect(order).toEqual([2, 4]);
  });

  test("a connection released twice is free once", async () => {
    const peer = await receiver();
    const to = target(peer.port);
    const first = await channel(to);
    first.release();
    first.release();
    const second = await channel(to);
    const third = channel(to);
    expect(await stillOpen(third)).toBe(true);
    second.release();
    (await third).release();
  });

  test("a receiver that closed an idle connection gets the next message on a new one", async () => {
    const peer = await receiver();
    const to = target(peer.port);
    for (let i = 0; i < 5; i++) {
      expect(await deliver(to, admission(`${i}`))).toMatchObject({ kind: "Delivered" });
      for (const socket of peer.sockets) socket.end();
      await eventually(() => peer.sockets.size === 0);
    }
    expect(peer.accepted).toBe(5);
  });

  test("a reset that has arrived but was not looked at yet is seen before anything is sent", async () => {
    const peer = await receiver();
    const to = target(peer.port);
    expect(await deliver(to, admission("1"))).toMatchObject({ kind: "Delivered" });
    for (const socket of peer.sockets) socket.resetAndDestroy();
    expect(await deliver(to, admission("2"))).toMatchObject({ kind: "Delivered" });
    expect(peer.messages.map(controlIdOf)).toEqual(["1", "2"]);
  });

  test("a receiver that restarted gets the next message on a new connection", async () => {
    const peer = await receiver();
    const to = target(peer.port);
    expect(await deliver(to)).toMatchObject({ kind: "Delivered" });
    const { port } = peer;
    await peer.close();
    expect(await deliver(to)).toMatchObject({ kind: "Transient", down: true });
    const again = await new Receiver().listen(port);
    cleanups.push(() => again.close());
    expect(await deliver(to)).toMatchObject({ kind: "Delivered" });
  });

  test("with keepOpen false each message has its connection, and the next waits until that is closed", async () => {
    const peer = await receiver();
    let most = 0;
    peer.react = (message) => {
      most = Math.max(most, peer.sockets.size);
      return framed(acknowledgment("AA", controlIdOf(message)));
    };
    const to = target(peer.port, { keepOpen: false });
    for (let i = 0; i < 5; i++) expect(await deliver(to, admission(`${i}`))).toMatchObject({ kind: "Delivered" });
    expect(peer.accepted).toBe(5);
    expect(most).toBe(1);
  });

  test("closing waits for the message under way, then closes every connection", async () => {
    const peer = await receiver();
    const answer = Promise.withResolvers<Reaction>();
    const to = target(peer.port, { connections: 2 });
    (await channel(to)).release();
    peer.react = () => answer.promise;
    const delivery = deliver(to, admission("1"));
    await eventually(() => peer.messages.length === 1);
    let closed = false;
    const closing = to.close().then(() => (closed = true));
    expect(await to.acquire(never)).toEqual({ kind: "Transient", reason: "the adapter is stopping", down: false });
    expect(closed).toBe(false);
    answer.resolve(framed(acknowledgment("AA", "1")));
    expect(await delivery).toMatchObject({ kind: "Delivered" });
    await closing;
    await eventually(() => peer.sockets.size === 0);
  });

  test("says whether the receiver recognises repeated messages", () => {
    expect(target(1).idempotent).toBe(false);
    expect(target(1, { idempotent: true }).idempotent).toBe(true);
  });
});
