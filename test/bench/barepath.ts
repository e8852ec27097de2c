import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { messageOf } from "./senders.ts";
import { admission } from "../builders/admission.ts";

/** What the messages of the sample come to. */
const BUNDLE = Buffer.alloc(6400, 0x20);
const REPLY = Buffer.alloc(300, 0x20);
const RECORD = "x".repeat(420);
const GATHER_MS = 10;

/**
 * What the whole way writes and acknowledges in JetStream, by the bare client: an original, its hub message, a reply;
 * one consumer of RAW, four of the hub, a fifth delivery for the reply; lineage in group commits of each consumer, for
 * billing an intent that is durable before its outcome. No parsing, mapping, fencing, lanes or targets. Messages a
 * second, until all is done.
 */
export async function barePath(url: string, concurrency: number, seconds: number): Promise<number> {
  const nc = await connect({ servers: url });
  const js = jetstream(nc);
  const jsm = await jetstreamManager(nc);
  const gib = 1024 ** 3;
  await jsm.streams.add({ name: "RAW", subjects: ["raw.>"], max_bytes: gib / 2, duplicate_window: 7200e9 });
  await jsm.streams.add({ name: "HUB", subjects: ["hub.>"], max_bytes: gib });
  await jsm.streams.add({ name: "LINEAGE", subjects: ["lineage.>"], max_bytes: gib / 2 });
  const target = new Done();
  const stops: (() => Promise<unknown>)[] = [];
  const consumer = async (
    stream: string,
    name: string,
    filter: string,
    onMessage: (records: Records, ack: () => void) => Promise<void>,
  ) => {
    const records = new Records((data) => js.publish(`lineage.${name}`, data));
    await jsm.consumers.add(stream, {
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      filter_subject: filter,
      max_ack_pending: 2000,
    });
    const messages = await (
      await js.consumers.get(stream, name)
    ).consume({ max_messages: 256, callback: (m) => void onMessage(records, () => m.ack()) });
    stops.push(() => messages.close());
  };
  await consumer("RAW", "normalise", "raw.>", async (records, ack) => {
    await js.publish("hub.admission", BUNDLE);
    await records.add();
    ack();
  });
  for (const name of ["billing", "app", "audit", "eligibility"]) {
    await consumer("HUB", name, "hub.admission", async (records, ack) => {
      if (name === "eligibility") await js.publish("hub.reply", REPLY);
      if (name === "billing" || name === "audit") await records.add(true);
      await records.add();
      ack();
      target.add();
    });
  }
  await consumer("HUB", "billing-reply", "hub.reply", async (records, ack) => {
    await records.add(true);
    await records.add();
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
  #running = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(write: (data: string) => Promise<unknown>) {
    this.#write = write;
  }

  /** `urgent` does not wait for others to join. */
  add(urgent = false): Promise<void> {
    const durable = new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (urgent) void this.#flush();
    else this.#timer ??= setTimeout(() => void this.#flush(), GATHER_MS);
    return durable;
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#running) return;
    this.#running = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      await this.#write(RECORD.repeat(group.length));
      for (const resolve of group) resolve();
    }
    this.#running = false;
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
