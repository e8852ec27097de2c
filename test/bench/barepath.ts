import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { messageOf } from "./senders.ts";
import { admission } from "../builders/admission.ts";

/** A Bundle is about this large. */
const BUNDLE = Buffer.alloc(4500, 0x20);
const REPLY = Buffer.alloc(300, 0x20);
const RECORD = "x".repeat(420);
const GATHER_MS = 10;

/**
 * What the whole way writes and acknowledges in JetStream, by the bare client: an original, its hub message, a reply;
 * one consumer of RAW, four of the hub, a fifth delivery for the reply; lineage in group commits (seven records a
 * message, intents included). No parsing, mapping, fencing, lanes or targets. Messages a second, until all is done.
 */
export async function barePath(url: string, concurrency: number, seconds: number): Promise<number> {
  const nc = await connect({ servers: url });
  const js = jetstream(nc);
  const jsm = await jetstreamManager(nc);
  const gib = 1024 ** 3;
  await jsm.streams.add({ name: "RAW", subjects: ["raw.>"], max_bytes: gib / 2, duplicate_window: 7200e9 });
  await jsm.streams.add({ name: "HUB", subjects: ["hub.>"], max_bytes: gib });
  await jsm.streams.add({ name: "LINEAGE", subjects: ["lineage.>"], max_bytes: gib / 2 });
  const records = new Records((data) => js.publish("lineage.x", data));
  const target = new Done();
  const stops: (() => Promise<unknown>)[] = [];
  const consumer = async (
    stream: string,
    name: string,
    filter: string,
    onMessage: (data: Uint8Array, ack: () => void) => Promise<void>,
  ) => {
    await jsm.consumers.add(stream, {
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      filter_subject: filter,
      max_ack_pending: 2000,
    });
    const messages = await (
      await js.consumers.get(stream, name)
    ).consume({ max_messages: 256, callback: (m) => void onMessage(m.data, () => m.ack()) });
    stops.push(() => messages.close());
  };
  await consumer("RAW", "normalise", "raw.>", async (_data, ack) => {
    await js.publish("hub.admission", BUNDLE);
    await records.add(1);
    ack();
  });
  for (const name of ["billing", "app", "audit", "eligibility"]) {
    await consumer("HUB", name, "hub.admission", async (_data, ack) => {
      if (name === "eligibility") await js.publish("hub.reply", REPLY);
      await records.add(name === "app" || name === "eligibility" ? 1 : 2);
      ack();
      target.add();
    });
  }
  await consumer("HUB", "billing-reply", "hub.reply", async (_data, ack) => {
    await records.add(2);
    ack();
    target.add();
  });
  const began = performance.now();
  const until = began + seconds * 1000;
  let sent = 0;
  const run = async (index: number) => {
    for (let n = 0; performance.now() < until; n++, sent++) {
      await js.publish("raw.ehr", admission(messageOf("bare", index, n)), { msgID: `${index}N${n}` });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, (_, i) => run(i)));
  await target.reached(sent * 5);
  const rate = sent / ((performance.now() - began) / 1000);
  await Promise.all(stops.map((stop) => stop()));
  await nc.close();
  return rate;
}

/** Group commit: one write under way, what gathers meanwhile goes into the next. */
class Records {
  readonly #write: (data: string) => Promise<unknown>;
  #waiting: (() => void)[] = [];
  #count = 0;
  #running = false;

  constructor(write: (data: string) => Promise<unknown>) {
    this.#write = write;
  }

  add(count: number): Promise<void> {
    this.#count += count;
    const durable = new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (!this.#running) {
      this.#running = true;
      setTimeout(() => void this.#flush(), GATHER_MS);
    }
    return durable;
  }

  async #flush(): Promise<void> {
    const group = this.#waiting;
    const data = RECORD.repeat(this.#count);
    this.#waiting = [];
    this.#count = 0;
    await this.#write(data);
    for (const resolve of group) resolve();
    this.#running = this.#waiting.length > 0;
    if (this.#running) setTimeout(() => void this.#flush(), GATHER_MS);
  }
}

/** Counts what is done. */
class Done {
  #count = 0;
  #wanted = Number.POSITIVE_INFINITY;
  #resolve: () => void = () => {};

  add(): void {
    this.#count++;
    if (this.#count >= this.#wanted) this.#resolve();
  }

  reached(count: number): Promise<void> {
    this.#wanted = count;
    if (this.#count >= count) return Promise.resolve();
    return new Promise((resolve) => (this.#resolve = resolve));
  }
}
