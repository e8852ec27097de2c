import { connectHub, closeHub } from "../../src/jetstream/hub.ts";
import { publish } from "../../src/jetstream/publish.ts";
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

async function barePublish(url: string, concurrency: number, prefix: string): Promise<number> {
  const hub = await connectHub({ url }, "bench");
  const began = performance.now();
  const until = began + SECONDS * 1000;
  let count = 0;
  const run = async (index: number) => {
    for (let n = 0; performance.now() < until; n++, count++) {
      await publish(hub, "bench.raw", admission(messageOf(prefix, index, n)), {
        msgId: `${prefix}${index}N${n}`,
        patienceMs: 5000,
      });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, (_, i) => run(i)));
  const rate = count / ((performance.now() - began) / 1000);
  await closeHub(hub);
  return rate;
}
