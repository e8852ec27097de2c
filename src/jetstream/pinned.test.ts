import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type TestHub, startHub } from "../../test/builders/starthub.ts";
import { eventually } from "../../test/builders/eventually.ts";
import { systemClock } from "../base/clock.ts";
import type { ConsumerPlan, StreamPlan } from "../compile/topology.ts";
import { FloorStore } from "./floors.ts";
import { type Hub, closeHub, connectHub } from "./hub.ts";
import { PinnedConsumer } from "./pinned.ts";
import { publish } from "./publish.ts";
import { ensureTopology } from "./topology.ts";

let hub: TestHub;
let count = 0;
const workers: Worker[] = [];

beforeAll(async () => {
  hub = await startHub();
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((w) => w.stop()));
});
afterAll(() => hub.stop());

/** A worker that notes what it gets and acknowledges what it is told to. */
class Worker {
  readonly seen: number[] = [];
  readonly terms: string[] = [];
  readonly consumer: PinnedConsumer;
  readonly own: Hub;

  constructor(own: Hub, stream: string, acknowledge: (sequence: number) => boolean) {
    this.own = own;
    this.consumer = new PinnedConsumer(
      own,
      { stream, consumer: "w", batch: 10, clock: systemClock },
      {
        takeOver: async () => void this.terms.push("taken over"),
        message: (m) => {
          this.seen.push(m.sequence);
          if (acknowledge(m.sequence)) m.ack();
        },
        ended: async (reason) => void this.terms.push(reason),
      },
    );
    this.consumer.start();
    workers.push(this);
  }

  async stop(): Promise<void> {
    await this.consumer.stop();
    await closeHub(this.own);
  }
}

async function makeStream(): Promise<string> {
  const name = `HUB_t${++count}`;
  const stream: StreamPlan = {
    name,
    role: "hub",
    subjects: [`hub.t${count}.>`],
    maxBytes: 10_000_000,
    duplicateWindowSeconds: 120,
    retentionSeconds: 60,
  };
  const consumer: ConsumerPlan = {
    stream: name,
    name: "w",
    filterSubjects: [`hub.t${count}.>`],
    maxAckPending: 100,
    ackWaitSeconds: 30,
  };
  await ensureTopology(
    hub,
    { streams: [stream], consumers: [consumer] },
    { replicas: 1, floors: await FloorStore.open(hub) },
  );
  return name;
}

const send = async (n: number): Promise<void> => {
  for (let i = 0; i < n; i++) await publish(hub, `hub.t${count}.m`, `m${i}`, { patienceMs: 1000 });
};
const connect = (name: string): Promise<Hub> => connectHub({ url: hub.nats.url }, name);

test("a term begins with a take-over and sees every message in stream order", async () => {
  const stream = await makeStream();
  await send(30);
  const worker = new Worker(await connect("a"), stream, () => true);
  await eventually(() => expect(worker.seen).toEqual(Array.from({ length: 30 }, (_, i) => i + 1)));
  expect(worker.terms).toEqual(["taken over"]);
  await send(5);
  await eventually(() => expect(worker.seen.length).toBe(35));
});

test("of two processes one is fed; after it is gone the other gets what was not acknowledged, in order", async () => {
  const stream = await makeStream();
  const first = new Worker(await connect("b1"), stream, (n) => n === 1 || n === 4);
  await send(6);
  await eventually(() => expect(first.seen).toEqual([1, 2, 3, 4, 5, 6]));
  const second = new Worker(await connect("b2"), stream, () => true);
  await first.stop();
  workers.splice(workers.indexOf(first), 1);
  await eventually(() => expect(second.seen).toEqual([2, 3, 4, 5, 6]));
});

test("a process that stops in order hands over at once", async () => {
  const stream = await makeStream();
  const first = new Worker(await connect("h1"), stream, () => true);
  await send(3);
  await eventually(() => expect(first.seen).toEqual([1, 2, 3]));
  const second = new Worker(await connect("h2"), stream, () => true);
  await first.stop();
  workers.splice(workers.indexOf(first), 1);
  await send(2);
  await eventually(() => expect(second.seen).toEqual([4, 5]), 3000);
  expect(second.terms).toEqual(["taken over"]);
});

test("a process that stops in the middle of its take-over does nothing after", async () => {
  const stream = await makeStream();
  await send(3);
  const own = await connect("s");
  const terms: string[] = [];
  const seen: number[] = [];
  const consumer = new PinnedConsumer(
    own,
    { stream, consumer: "w", batch: 10, clock: systemClock },
    {
      takeOver: async () => void terms.push("taken over"),
      message: (m) => void seen.push(m.sequence),
      ended: async (reason) => void terms.push(reason),
    },
  );
  // The server is asked to reset the consumer; before it answers we are asked to stop.
  const request = own.nc.request.bind(own.nc);
  let stopped: Promise<void> | undefined;
  own.nc.request = async (subject, ...rest) => {
    if (subject.startsWith("$JS.API.CONSUMER.RESET.")) stopped = consumer.stop();
    return request(subject, ...rest);
  };
  consumer.start();
  await eventually(() => expect(stopped).toBeDefined());
  await stopped;
  expect(consumer.state).toBe("stopped");
  expect(terms).toEqual(["taken over", "stopping"]);
  await send(1);
  await own.nc.flush();
  expect(seen).toEqual([]);
  await closeHub(own);
});

test("a term that is to begin anew while it is being taken over does", async () => {
  const stream = await makeStream();
  await send(3);
  const own = await connect("r");
  const terms: string[] = [];
  const seen: number[] = [];
  const consumer = new PinnedConsumer(
    own,
    { stream, consumer: "w", batch: 10, clock: systemClock },
    {
      takeOver: async () => {
        terms.push("taken over");
        if (terms.length === 1) consumer.restart();
      },
      message: (m) => void seen.push(m.sequence),
      ended: async (reason) => void terms.push(reason),
    },
  );
  consumer.start();
  await eventually(() => expect(seen).toEqual([1, 2, 3]));
  expect(terms).toEqual(["taken over", "the take-over failed", "taken over"]);
  await consumer.stop();
  await closeHub(own);
});

test("restart delivers what was not acknowledged again, without waiting for the ack wait", async () => {
  const stream = await makeStream();
  await send(5);
  const worker = new Worker(await connect("c"), stream, (n) => n <= 2);
  await eventually(() => expect(worker.seen).toEqual([1, 2, 3, 4, 5]));
  worker.consumer.restart();
  await eventually(() => expect(worker.seen).toEqual([1, 2, 3, 4, 5, 3, 4, 5]));
  expect(worker.terms).toEqual(["taken over", "asked to begin anew", "taken over"]);
});

test("a killed and restarted server ends the term, and a new one goes on where acknowledgements ended", async () => {
  const stream = await makeStream();
  await send(4);
  const worker = new Worker(await connect("d"), stream, (n) => n <= 2);
  await eventually(() => expect(worker.seen).toEqual([1, 2, 3, 4]));
  await hub.nats.kill();
  await hub.nats.restart();
  // Acknowledgements are not synced: the server may have forgotten them. What it delivers again comes in order.
  await eventually(() => expect(worker.seen.slice(4).slice(-2)).toEqual([3, 4]));
  expect(worker.seen.slice(4)).toEqual(worker.seen.slice(4).toSorted((a, b) => a - b));
});
