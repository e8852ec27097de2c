import { afterEach, describe, expect, test } from "vitest";
import { admission } from "../../../test/builders/admission.ts";
import { Sender, framed } from "../../../test/builders/mllp.ts";
import { type Answering, type RunningSource, accept, startSource as start } from "../../../test/builders/mllpsource.ts";
import { eventually } from "../../../test/builders/eventually.ts";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import type { SourceDeps } from "../adapter.ts";

const MIB = 1_048_576;
const running: RunningSource[] = [];

async function startSource(spec?: Record<string, unknown>, answer: Answering = accept, deps?: Partial<SourceDeps>) {
  const source = await start(spec, answer, deps);
  running.push(source);
  return source;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ source }) => source.stop()));
});

/** What an honest sender is answered, and what the log told of the messages' content. */
async function service(source: RunningSource): Promise<{ acks: string[]; told: string[] }> {
  const sender = await Sender.connect(source.port);
  sender.write(framed(admission("good")));
  const acks = await sender.acks(1);
  sender.socket.end();
  await sender.closed;
  return { acks, told: source.logged.filter((line) => /Testperson|Invented|4711/.test(line)) };
}

const asEver = { acks: ["AA good"], told: [] };

/** Writes `piece` over and over as fast as the peer takes it, until it closes or `bytes` are written. Gives how many were. */
async function pour(sender: Sender, piece: Buffer, bytes: number): Promise<number> {
  let written = 0;
  while (written < bytes && !sender.socket.destroyed) {
    written += piece.length;
    if (!sender.socket.write(piece)) await Promise.race([drained(sender), sender.closed]);
  }
  return written;
}

const drained = (sender: Sender): Promise<unknown> => new Promise((resolve) => sender.socket.once("drain", resolve));

const watchMemory = (): { most(): number; stop(): void } => {
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers - before)), 1);
  return { most: () => most, stop: () => clearInterval(timer) };
};

describe("an MLLP source under attack", () => {
  test("refuses a message of 100 MiB as soon as it is too long, names it, and holds little of it", async () => {
    const source = await startSource();
    const sender = await Sender.connect(source.port);
    const memory = watchMemory();
    sender.write(framed(admission("big")).subarray(0, -2));
    const pouring = pour(sender, Buffer.alloc(65_536, "x"), 100 * MIB);
    expect(await sender.acks(1)).toEqual(["AR big"]);
    const readByThen = sender.socket.bytesWritten;
    sender.socket.destroy();
    await pouring;
    memory.stop();
    expect(sender.answers[0]).toContain(`longer than ${MIB} bytes`);
    expect(readByThen).toBeLessThan(30 * MIB);
    // What was read and waits for the garbage collector counts too.
    expect(memory.most()).toBeLessThan(50 * MIB);
    expect(source.received).toEqual([]);
    expect(await service(source)).toEqual(asEver);
  });

  test("lets the sender of a message that is too long read why, though it goes on writing", async () => {
    const source = await startSource({ maxMessageBytes: 2048 });
    const sender = await Sender.connect(source.port);
    sender.write(framed(Buffer.concat([admission("big"), Buffer.alloc(MIB, "x")])));
    expect(await sender.acks(1)).toEqual(["AR big"]);
    sender.socket.end();
    await sender.closed;
    expect(await service(source)).toEqual(asEver);
  });

  test("cuts the sender of an endless message", async () => {
    const clock = new ManualClock();
    const source = await startSource({}, accept, { clock });
    const sender = await Sender.connect(source.port, { allowHalfOpen: true });
    sender.write("\x0b");
    const pouring = pour(sender, Buffer.alloc(65_536, "x"), Infinity);
    expect(await sender.acks(1)).toEqual(["AR"]);
    clock.advance(3000);
    await sender.closed;
    await pouring;
    expect(await service(source)).toEqual(asEver);
  });

  test("closes a connection on which nothing is framed", async () => {
    const source = await startSource();
    const sender = await Sender.connect(source.port);
    await pour(sender, Buffer.from("GET / HTTP/1.1\r\nHost: Testperson\r\n\r\n"), 8192);
    expect(await sender.allAcks()).toEqual([]);
    expect(source.logged.join()).toContain("does not speak MLLP");
    expect(await service(source)).toEqual(asEver);
  });

  test("holds no more of unfinished messages than is set aside for all connections together", async () => {
    const source = await startSource();
    const piece = Buffer.concat([Buffer.of(0x0b), admission("part"), Buffer.alloc(900_000, "x")]);
    const senders: Sender[] = [];
    for (let i = 0; i < 150; i++) {
      const sender = await Sender.connect(source.port);
      sender.write(piece);
      senders.push(sender);
    }
    // Each holds 1 MiB: 64 MiB are set aside, so that at most 64 can stay.
    const closed = (): number => source.logged.filter((line) => line.includes("fill the memory")).length;
    await eventually(() => closed() >= 86);
    expect(await service(source)).toEqual(asEver);
    expect(closed()).toBeLessThan(92);
    for (const sender of senders) sender.socket.destroy();
    expect(source.ids()).toEqual(["good"]);
  });

  test("sets memory free again when messages are answered and connections are gone", async () => {
    const source = await startSource({ maxMessageBytes: 8 * MIB });
    const big = framed(Buffer.concat([admission("big"), Buffer.from("NTE|"), Buffer.alloc(6 * MIB, "x")]));
    for (let i = 0; i < 25; i++) {
      const sender = await Sender.connect(source.port);
      sender.write(i % 2 === 0 ? big : big.subarray(0, 5 * MIB));
      if (i % 2 === 0) await sender.acks(1);
      else await eventually(() => sender.socket.writableLength === 0);
      expect(await service(source)).toEqual(asEver);
      if (i % 2 === 0) sender.socket.destroy();
      else sender.socket.resetAndDestroy();
      await sender.closed;
    }
    expect(source.received).toHaveLength(13 + 25);
  });

  test("answers AE when what is being stored fills the memory, and does not store it", async () => {
    const release = Promise.withResolvers<void>();
    const source = await startSource({ maxMessageBytes: 8 * MIB, maxConnections: 100 }, async () => {
      await release.promise;
      return { status: "Accepted", messageId: "m" };
    });
    const big = framed(Buffer.concat([admission("big"), Buffer.from("NTE|"), Buffer.alloc(7 * MIB, "x")]));
    const senders = await Promise.all(Array.from({ length: 12 }, () => Sender.connect(source.port)));
    for (const sender of senders) sender.write(big);
    await eventually(() => source.underWay() + source.logged.filter((line) => line.includes("memory")).length >= 12);
    release.resolve();
    await Promise.all(senders.map((sender) => sender.acks(1)));
    expect(source.received.length).toBeGreaterThan(4);
    expect(source.received.length).toBeLessThan(12);
    for (const sender of senders) sender.socket.destroy();
  });

  test("serves others while slow senders dribble", async () => {
    const source = await startSource();
    const slow = await Promise.all(Array.from({ length: 50 }, () => Sender.connect(source.port)));
    const bytes = framed(admission("slow"));
    for (let i = 0; i < 40; i++) {
      for (const sender of slow) sender.write(bytes.subarray(i, i + 1));
      expect(await service(source)).toEqual(asEver);
    }
    for (const sender of slow) sender.write(bytes.subarray(40));
    for (const sender of slow) expect(await sender.acks(1)).toEqual(["AA slow"]);
  });

  test("serves maxConnections of 2,000 connections, closes the others at once, and takes new ones when some have gone", async () => {
    const source = await startSource({ maxConnections: 100 });
    let closed = 0;
    const senders: Sender[] = [];
    for (let i = 0; i < 20; i++) {
      const more = await Promise.all(Array.from({ length: 100 }, () => Sender.connect(source.port)));
      for (const sender of more) void sender.closed.then(() => closed++);
      senders.push(...more);
      await eventually(() => closed === senders.length - 100);
    }
    const open = senders.filter((sender) => !sender.socket.destroyed);
    for (const [i, sender] of open.entries()) sender.write(framed(admission(`${i}`)));
    for (const [i, sender] of open.entries()) expect(await sender.acks(1)).toEqual([`AA ${i}`]);
    await eventually(() => source.logged.some((line) => line.includes("mllp connections refused")));
    open[0]?.socket.destroy();
    await eventually(() => closed === 1901);
    expect(await service(source)).toEqual(asEver);
    for (const sender of open) sender.socket.destroy();
  });

  test("outlives senders that reset the connection at any moment", async () => {
    const source = await startSource();
    const bytes = Buffer.concat([framed(admission("1")), framed(admission("2"))]);
    for (let cut = 1; cut <= bytes.length; cut += 7) {
      const sender = await Sender.connect(source.port);
      sender.write(bytes.subarray(0, cut));
      if (cut % 2 === 0) await eventually(() => sender.socket.writableLength === 0);
      sender.socket.resetAndDestroy();
    }
    expect(await service(source)).toEqual(asEver);
  });

  test("outlives random bytes, stores only whole messages, and answers each of them", async () => {
    const source = await startSource({ maxMessageBytes: 4096, maxConnections: 10_000 });
    const random = generator(20_262);
    for (let i = 0; i < 400; i++) {
      const sender = await Sender.connect(source.port);
      const bytes = randomStream(random);
      for (let at = 0; at < bytes.length;) {
        const next = at + 1 + Math.floor(random() * 400);
        sender.write(bytes.subarray(at, next));
        at = next;
      }
      if (random() < 0.7) sender.socket.end();
      else sender.socket.destroy();
      await sender.closed;
    }
    expect(await service(source)).toEqual(asEver);
    expect(source.received.length).toBeGreaterThan(100);
    for (const { body, identity } of source.received) {
      expect(Buffer.from(body.subarray(0, 4)).toString("latin1")).toBe("MSH|");
      expect(identity[2]).not.toBe("");
    }
  });
});

/** Uniform in [0, 1), the same sequence for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Messages, parts of messages, framing bytes and noise, in any order. */
function randomStream(random: () => number): Uint8Array {
  const pieces = Array.from({ length: 1 + Math.floor(random() * 12) }, () => {
    const message = framed(admission(`f${Math.floor(random() * 1e6)}`));
    switch (Math.floor(random() * 6)) {
      case 0:
      case 1:
        return message;
      case 2:
        return message.subarray(Math.floor(random() * 60), Math.floor(random() * message.length));
      case 3:
        return Buffer.from([0x0b, 0x1c, 0x0d, 0x0b, 0x1c, 0x1c, 0x0d].slice(0, Math.floor(random() * 8)));
      case 4:
        return Buffer.from("\x0bMSH|^~\\&|||||||\x1c\r", "latin1");
      default:
        return Buffer.from(Array.from({ length: Math.floor(random() * 500) }, () => Math.floor(random() * 256)));
    }
  });
  return Buffer.concat(pieces);
}
