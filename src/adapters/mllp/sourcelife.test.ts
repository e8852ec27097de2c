import { afterEach, describe, expect, test } from "vitest";
import { admission } from "../../../test/builders/admission.ts";
import { Sender, framed } from "../../../test/builders/mllp.ts";
import {
  type Answering,
  type RunningSource,
  held,
  roundTrip,
  startSource as start,
} from "../../../test/builders/mllpsource.ts";
import { eventually } from "../../../test/builders/eventually.ts";
import { ManualClock } from "../../../test/builders/manualclock.ts";
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

const message = (controlId: string): Buffer => framed(admission(controlId));

describe("starting and stopping an MLLP source", () => {
  test("tells the address with the real port", async () => {
    const source = await startSource();
    expect(source.address).toBe(`mllp://127.0.0.1:${source.port}`);
    expect(source.port).toBeGreaterThan(0);
  });

  test("listens on the port it is told to rather than on that of its spec", async () => {
    const source = await startSource({ port: 1 }, undefined, { portOverride: 0 });
    expect(source.port).toBeGreaterThan(1);
  });

  test("a port in use is an error that names the port and the field", async () => {
    const { port } = await startSource();
    await expect(start({ port })).rejects.toMatchObject({
      code: "ListenFailed",
      message: `cannot listen on port ${port} (spec.mllp.source.port): another process uses it: stop that one, or choose another port`,
    });
  });

  test("stopping answers the message under way, takes none behind it, and closes", async () => {
    const { answer, give } = held();
    const { source, port, ids, underWay } = await start({}, answer);
    const [busy, idle] = await Promise.all([Sender.connect(port), Sender.connect(port)]);
    busy.write(Buffer.concat([message("1"), message("2")]));
    await eventually(() => underWay() === 1);
    const stopped = source.stop();
    await expect(Sender.connect(port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await idle.closed;
    give();
    expect(await busy.allAcks()).toEqual(["AA 1"]);
    await stopped;
    expect(ids()).toEqual(["1"]);
  });

  test("stopping waits for a message under way whose sender has gone", async () => {
    const { answer, give } = held();
    const { source, port, underWay } = await start({}, answer);
    const sender = await Sender.connect(port);
    sender.write(message("1"));
    await eventually(() => underWay() === 1);
    sender.socket.resetAndDestroy();
    let stopped = false;
    const stopping = source.stop().then(() => (stopped = true));
    await sender.closed;
    await new Promise((resolve) => setImmediate(resolve));
    expect(stopped).toBe(false);
    give();
    await stopping;
  });

  test("stopping twice is stopping once", async () => {
    const { source } = await startSource();
    await source.stop();
    await expect(source.stop()).resolves.toBeUndefined();
  });
});

describe("time-outs of an MLLP source", () => {
  const limits = { idleTimeoutSeconds: 60, readTimeoutSeconds: 5 };

  test("closes a connection on which no message came in time", async () => {
    const clock = new ManualClock();
    const source = await startSource(limits, undefined, { clock });
    const sender = await Sender.connect(source.port);
    sender.write(message("1"));
    await sender.acks(1);
    clock.advance(59_000);
    sender.write(message("2"));
    await sender.acks(2);
    clock.advance(59_000);
    sender.write(message("3"));
    expect(await sender.acks(3)).toEqual(["AA 1", "AA 2", "AA 3"]);
    clock.advance(61_000);
    await sender.closed;
  });

  test("bytes that are no message don't keep a connection open", async () => {
    const clock = new ManualClock();
    const source = await startSource(limits, undefined, { clock });
    const sender = await Sender.connect(source.port);
    sender.write("\r\n");
    clock.advance(40_000);
    sender.write("\r\n");
    await roundTrip(source.port);
    clock.advance(30_000);
    await sender.closed;
    expect(source.logged.join()).toContain("no message came in time");
  });

  test("closes a connection whose message is not complete in time, however steadily its bytes come", async () => {
    const clock = new ManualClock();
    const source = await startSource(limits, undefined, { clock });
    const sender = await Sender.connect(source.port);
    let open = true;
    void sender.closed.then(() => (open = false));
    for (const byte of message("1")) {
      if (!open) break;
      sender.write(Buffer.of(byte));
      clock.advance(1000);
      await roundTrip(source.port);
    }
    await sender.closed;
    expect(source.received).toEqual([]);
    expect(clock.monotonic()).toBeLessThan(60_000);
    expect(source.logged.join()).toContain("a message was not complete in time");
  });

  test("time that passes while a message is being stored counts for nothing", async () => {
    const clock = new ManualClock();
    const { answer, give } = held();
    const source = await startSource(limits, answer, { clock });
    const sender = await Sender.connect(source.port);
    sender.write(Buffer.concat([message("1"), message("2").subarray(0, 20)]));
    await eventually(() => source.underWay() === 1);
    clock.advance(3_600_000);
    give();
    expect(await sender.acks(1)).toEqual(["AA 1"]);
    sender.write(message("2").subarray(20));
    await eventually(() => source.underWay() === 1);
    give();
    expect(await sender.acks(2)).toEqual(["AA 1", "AA 2"]);
  });

  test("cuts a sender that never reads its answers", async () => {
    const clock = new ManualClock();
    const source = await startSource(limits, undefined, { clock });
    const sender = await Sender.connect(source.port);
    sender.socket.pause();
    // Each answer repeats the sending application: 60 KB, until no buffer between the two takes more.
    const long = framed(Buffer.from(`MSH|^~\\&|${"A".repeat(60_000)}||||||ADT^A01|1|P|2.5.1\r`));
    for (let i = 0; i < 400; i++) sender.write(long);
    await eventually(() => {
      clock.advance(2000);
      return source.logged.join().includes("mllp connection cut");
    });
    expect(source.received.length).toBeLessThan(400);
    sender.socket.resume();
    await sender.closed;
  });
});
