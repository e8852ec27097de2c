import { createMllpSource } from "../../src/adapters/mllp/source.ts";
import { adapter } from "../../src/api/adapter.ts";
import { API_VERSION } from "../../src/api/meta.ts";
import { systemClock } from "../../src/base/clock.ts";
import { compile } from "../../src/compile/compile.ts";
import { byKind } from "../../src/compile/resources.ts";
import { FloorStore } from "../../src/jetstream/floors.ts";
import { connectHub } from "../../src/jetstream/hub.ts";
import { ensureTopology } from "../../src/jetstream/topology.ts";
import { Ingest } from "../../src/runtime/ingest.ts";
import { Transform } from "../../src/runtime/normalise/transform.ts";
import { RecordWriter } from "../../src/runtime/records.ts";
import { createHealth } from "../../src/telemetry/health.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";

/** The receive stage of an adapter, and nothing behind it: prints its port. Also makes the baseline's stream. */
const url = process.argv[2] as string;
const hub = await connectHub({ url }, "receiver");
const resource = adapter.parse({
  apiVersion: API_VERSION,
  kind: "Adapter",
  metadata: { name: "ehr", namespace: "default" },
  spec: {
    system: "ehr",
    owner: "bench",
    mllp: { source: { port: 0 } },
    emits: [{ contract: "admission", version: "1.0.0" }],
  },
});
const plan = compile(byKind([resource]));
const raw = plan.streams.find((s) => s.role === "raw");
if (!raw) throw new Error("the adapter has no RAW stream");
const topology = {
  streams: [...plan.streams, { ...raw, name: "BENCH", subjects: ["bench.raw"] }],
  consumers: plan.consumers,
};
await ensureTopology(hub, topology, { replicas: 1, storeBytes: 4 * 1024 ** 3, floors: await FloorStore.open(hub) });

const secret = new Uint8Array(32).fill(7);
const secrets = {
  read: () => Promise.reject(new Error("no Secrets here")),
  readOptional: () => Promise.resolve(undefined),
};
const deps = {
  adapter: { namespace: "default", name: "ehr" },
  hub,
  keys: { hash: { id: "k1", secret }, resourceId: secret, token: { id: "t1", secret } },
  secrets,
  clock: systemClock,
  random: Math.random,
  log: silentLog,
  metrics: createMetrics(),
  health: createHealth(systemClock),
};
const [config] = plan.configs;
if (!config || !resource.spec.mllp?.source) throw new Error("the adapter has no source");
const ingest = new Ingest(deps, config, new Transform(config, secret), RecordWriter.shared(deps, "ingest"));
const source = createMllpSource(resource.spec.mllp.source, { secrets, clock: systemClock, log: silentLog });
const address = await source.start(ingest.receive);
process.stdout.write(`${new URL(address).port}\n`);
process.once("SIGTERM", () => process.exit());
