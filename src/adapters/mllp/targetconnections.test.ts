import { describe, expect, onTestFinished, test } from "vitest";
import { admission } from "../../../test/builders/admission.ts";
import { eventually } from "../../../test/builders/eventually.ts";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { type Reaction, Receiver, acknowledgment, controlIdOf, framed } from "../../../test/builders/mllp.ts";
import { channel, deliver, receiver, target } from "../../../test/builders/mllptarget.ts";
import { stillOpen } from "../../../test/builders/stillopen.ts";

const never = new AbortController().signal;

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
    const reason = `cannot connect to 127.0.0.1:${peer.port}: connected, but no TLS handshake within 3 s`;
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
    onTestFinished(() => again.close());
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
