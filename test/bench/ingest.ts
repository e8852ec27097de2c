import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { spawnNode } from "../builders/node.ts";
import { startNats } from "../builders/nats.ts";
import { admission } from "../builders/admission.ts";
import { median } from "./median.ts";
import { messageOf, send } from "./senders.ts";
import type { BenchRow } from "./row.ts";

const SECONDS = 5;

/**
 * The receive stage alone, in a process of its own: MLLP in, RAW stored, AA out. Baseline: the bare NATS client that
 * publishes the same bytes with PubAck to a stream of the same configuration, at the same concurrency. Rounds
 * alternate, since the disk varies from minute to minute.
 */
export async function ingestBench(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const sync of ["always", "default"] as const) {
    const nats = await startNats({ sync });
    const receiver = await spawnNode("test/bench/receiver.ts", nats.url);
    const port = Number(receiver.firstLine);
    for (const connections of [1, 8, 64]) {
      const ours: number[] = [];
      const bare: number[] = [];
      for (let round = 0; round < 3; round++) {
        await empty(nats.url);
        bare.push(await barePublish(nats.url, connections, `b${sync}${connections}r${round}x`));
        const { count, seconds } = await send(port, connections, SECONDS, `${sync}${connections}r${round}x`);
        ours.push(count / seconds);
      }
      rows.push({
        name: `ingest, ${connections} connections, sync ${sync}`,
        value: median(ours),
        unit: "acknowledged/s",
        baseline: { name: "bare publishes/s", value: median(bare) },
        ...(connections === 64 && sync === "always" && { goal: 0.9 }),
      });
    }
    await receiver.stop();
    await nats.stop();
  }
  return rows;
}

/** What a fast machine stores in a round is much: the next one begins with empty streams. */
async function empty(url: string): Promise<void> {
  const nc = await connect({ servers: url });
  const jsm = await jetstreamManager(nc);
  for (const name of ["BENCH", "RAW_default_ehr"]) await jsm.streams.purge(name);
  await nc.close();
}

async function barePublish(url: string, concurrency: number, prefix: string): Promise<number> {
  const nc = await connect({ servers: url });
  const js = jetstream(nc);
  const began = performance.now();
  const until = began + SECONDS * 1000;
  let count = 0;
  const run = async (index: number) => {
    for (let n = 0; performance.now() < until; n++, count++) {
      await js.publish("bench.raw", admission(messageOf(prefix, index, n)), { msgID: `${prefix}${index}N${n}` });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, (_, i) => run(i)));
  const rate = count / ((performance.now() - began) / 1000);
  await nc.close();
  return rate;
}
