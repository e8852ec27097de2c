import { DeliverPolicy } from "@nats-io/jetstream";
import { adapter as adapterKind } from "../../src/api/adapter.ts";
import { contractVersion } from "../../src/api/contractversion.ts";
import { integration as integrationKind } from "../../src/api/integration.ts";
import type { LineageRecord } from "../../src/api/lineage.ts";
import { systemClock } from "../../src/base/clock.ts";
import { keyedHash } from "../../src/base/hash.ts";
import { bucketOf } from "../../src/compile/bucket.ts";
import { compile } from "../../src/compile/compile.ts";
import { byKind } from "../../src/compile/resources.ts";
import type { AdapterConfig } from "../../src/compile/config.ts";
import { deliveryConsumer, hubStream, hubSubject, parkedStream } from "../../src/compile/names.ts";
import type { Topology } from "../../src/compile/topology.ts";
import { FloorStore } from "../../src/jetstream/floors.ts";
import { type Meta, metaHeaders } from "../../src/jetstream/headers.ts";
import { type Hub, closeHub, connectHub } from "../../src/jetstream/hub.ts";
import { PRIORITY_GROUP } from "../../src/jetstream/pinned.ts";
import { publish } from "../../src/jetstream/publish.ts";
import { readMessages } from "../../src/jetstream/read.ts";
import { subjectsOf } from "../../src/jetstream/streams.ts";
import { ensureTopology } from "../../src/jetstream/topology.ts";
import { type Quarantined, listQuarantine, replay } from "../../src/ledger/quarantine.ts";
import { Plan } from "../../src/runtime/deliver/plan.ts";
import { DeliveryWorker } from "../../src/runtime/deliver/worker.ts";
import type { Deps } from "../../src/runtime/deps.ts";
import { createHealth } from "../../src/telemetry/health.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { eventually } from "./eventually.ts";
import { unacknowledged } from "./unacknowledged.ts";
import type { TestNats } from "./nats.ts";
import { type Note, ScriptedTarget } from "./scriptedtarget.ts";

export interface RouteSpec {
  integration: string;
  when?: string;
  map?: string;
  attempts?: number;
  onPermanent?: "Block";
  maxDelaySeconds?: number;
}

export interface DeliveryOptions {
  routes?: RouteSpec[];
  idempotent?: boolean;
  concurrency?: number;
}

/** Share of each in the server's store. */
const STORE_BYTES = 256 * 1024 ** 2;
let count = 0;
const HASH = { id: "k1", secret: Buffer.from("a key that only tests have") };

/** One target of one hub stream on a real hub, with the worker that delivers to it in this process. */
export class Delivery {
  readonly target: ScriptedTarget;
  readonly hub: Hub;
  readonly domain: string;
  readonly name: string;
  /** What the hub has for it. */
  readonly topology: Topology;
  config: AdapterConfig;
  /** How far the workers' clock is ahead, milliseconds. */
  ahead = 0;
  /** How far their wall clock is, milliseconds. */
  later = 0;
  readonly #nats: TestNats;
  readonly #workers: { worker: DeliveryWorker; hub: Hub }[] = [];
  #messages = 0;

  private constructor(nats: TestNats, hub: Hub, options: DeliveryOptions) {
    this.#nats = nats;
    this.hub = hub;
    this.domain = `d${++count}`;
    this.name = `sink${count}`;
    this.target = new ScriptedTarget({ idempotent: options.idempotent ?? true, ...concurrencyOf(options) });
    const { config, topology } = this.#compile(options.routes ?? [{ integration: "notes" }]);
    this.config = config;
    this.topology = topology;
  }

  static async create(nats: TestNats, options: DeliveryOptions = {}): Promise<Delivery> {
    const hub = await connectHub({ url: nats.url }, "test");
    const self = new Delivery(nats, hub, options);
    await ensureTopology(hub, self.topology, {
      replicas: 1,
      storeBytes: STORE_BYTES,
      floors: await FloorStore.open(hub),
    });
    return self;
  }

  /** Appends a message to the hub. Keys are given in clear. */
  async publish(note: Note, ...keys: string[]): Promise<void> {
    const hashed = keys.map((key) => this.key(key));
    const meta: Meta = {
      messageId: `m${++this.#messages}`,
      correlationId: `m${this.#messages}`,
      source: "default/source",
      contract: "note",
      version: "1.0.0",
      event: "message",
      keys: hashed,
      receivedAt: Date.now(),
      payloadHash: "",
      revision: "r0",
      traceparent: "",
    };
    const bucket = bucketOf(hashed[0] ?? meta.messageId);
    const place = { domain: this.domain, contract: "note", major: 1, event: "message", bucket };
    const subject = hubSubject({ ...place, namespace: "default", adapter: "source" });
    await publish(this.hub, subject, JSON.stringify(note), { headers: metaHeaders(meta), patienceMs: 5000 });
  }

  key(clear: string): string {
    return keyedHash(HASH, "key", clear);
  }

  /** Starts a worker. `tamper` may change the hub that it uses, for faults that cannot be had otherwise. */
  async start(tamper: (hub: Hub) => Hub = (hub) => hub): Promise<DeliveryWorker> {
    const hub = await connectHub({ url: this.#nats.url }, "worker");
    const worker = new DeliveryWorker(
      this.deps(tamper(hub)),
      this.target,
      this.domain,
      new Plan(this.config, this.deps(hub)),
    );
    worker.start();
    this.#workers.push({ worker, hub });
    return worker;
  }

  /** What a crash leaves: nothing more of the present workers reaches the hub, and nobody holds the pin. */
  async crash(): Promise<void> {
    const gone = this.#workers.splice(0);
    for (const { hub } of gone) await hub.nc.close();
    await this.unpin();
    for (const { worker } of gone) void worker.stop();
  }

  /** Spares the wait until the server notices by itself that the pinned client is gone. */
  async unpin(): Promise<void> {
    const subject = `$JS.API.CONSUMER.UNPIN.${hubStream(this.domain)}.${this.consumer}`;
    await this.hub.nc.request(subject, JSON.stringify({ group: PRIORITY_GROUP }), { timeout: 2000 });
  }

  /** What the loss of every acknowledgement comes to: the consumer delivers from the stream's beginning. */
  async rewind(): Promise<void> {
    const { consumers } = this.hub.jsm;
    const stream = hubStream(this.domain);
    const { config } = await consumers.info(stream, this.consumer);
    await consumers.delete(stream, this.consumer);
    await consumers.add(stream, { ...config, deliver_policy: DeliverPolicy.All });
  }

  get consumer(): string {
    return deliveryConsumer({ namespace: "default", name: this.name }, 0);
  }

  /** What an edit of the manifests does: other routes from the next message on. */
  configure(worker: DeliveryWorker, routes: RouteSpec[]): void {
    this.put(worker, this.#compile(routes).config);
  }

  /** From the next message on `config` is in effect. */
  put(worker: DeliveryWorker, config: AdapterConfig): void {
    this.config = config;
    worker.configure(new Plan(config, this.deps(this.hub)));
  }

  async records(): Promise<LineageRecord[]> {
    const found: LineageRecord[] = [];
    const subject = `lineage.default.${this.name}.>`;
    for await (const message of readMessages(this.hub, "LINEAGE_default", subject, { sequence: 1 }))
      found.push(...(JSON.parse(Buffer.from(message.data).toString()) as LineageRecord[]));
    return found;
  }

  async quarantined(): Promise<Quarantined[]> {
    const found: Quarantined[] = [];
    for await (const q of listQuarantine(this.hub)) if (q.adapter.name === this.name) found.push(q);
    return found;
  }

  replay(message: Quarantined): Promise<void> {
    return replay(this.hub, message, Date.now());
  }

  /** How much waits in the PARKED stream. */
  async parked(): Promise<number> {
    const subjects = await subjectsOf(this.hub, parkedStream({ namespace: "default", name: this.name }), ">");
    return [...subjects.values()].reduce((sum, n) => sum + n, 0);
  }

  /** Resolves when the hub knows that everything is done with. */
  async settled(withinMs?: number): Promise<void> {
    await eventually(async () => {
      const left = (await unacknowledged(this.hub, hubStream(this.domain), this.consumer)) + (await this.parked());
      if (left > 0) throw new Error(`${left} messages are not done with`);
    }, withinMs);
  }

  /** Stops the present workers in order. */
  async stopWorkers(): Promise<void> {
    const stopping = this.#workers.splice(0);
    await Promise.all(stopping.map(({ worker }) => worker.stop()));
    await Promise.all(stopping.map(({ hub }) => closeHub(hub)));
  }

  async stop(): Promise<void> {
    await this.stopWorkers();
    await closeHub(this.hub);
  }

  deps(hub: Hub): Deps {
    return {
      adapter: { namespace: "default", name: this.name },
      hub,
      keys: { hash: HASH, resourceId: HASH.secret, token: HASH },
      secrets: { read: () => Promise.reject(new Error("no secrets here")), readOptional: async () => undefined },
      clock: {
        ...systemClock,
        now: () => systemClock.now() + this.later,
        monotonic: () => systemClock.monotonic() + this.ahead,
      },
      random: Math.random,
      log: silentLog,
      metrics: createMetrics({ process: false }),
      health: createHealth(systemClock),
    };
  }

  #compile(routes: RouteSpec[]) {
    const compiled = compile(
      byKind([
        contractVersion.parse({
          ...headOf("ContractVersion", "note-v1.0.0"),
          spec: { contract: "note", version: "1.0.0", domain: this.domain, owner: OWNER, json: { schema: {} } },
        }),
        adapterKind.parse({
          ...headOf("Adapter", this.name),
          spec: {
            system: this.name,
            owner: OWNER,
            http: { target: { url: "http://127.0.0.1:1" } },
            accepts: [{ contract: "note", version: "1.0.0" }],
          },
        }),
        ...routes.map((route) => integrationOf(route, this.name)),
      ]),
    );
    const [config] = compiled.configs;
    if (!config || compiled.problems.length > 0) throw new Error(JSON.stringify(compiled.problems));
    return { config, topology: compiled };
  }
}

const OWNER = "tests <tests@hospital.example>";
const concurrencyOf = ({ concurrency }: DeliveryOptions) => (concurrency === undefined ? {} : { concurrency });
const headOf = (kind: string, name: string) => ({ apiVersion: "fascia.dev/v1alpha1", kind, metadata: { name } });

const integrationOf = (route: RouteSpec, adapter: string) =>
  integrationKind.parse({
    ...headOf("Integration", route.integration),
    spec: {
      owner: OWNER,
      event: {
        from: { contract: "note", version: "^1.0.0" },
        to: [
          {
            adapter,
            ...(route.when !== undefined && { when: route.when }),
            ...(route.map !== undefined && { map: route.map }),
            ...(route.onPermanent && { onPermanent: route.onPermanent }),
            retry: {
              attempts: route.attempts ?? 2,
              initialDelaySeconds: 0.02,
              maxDelaySeconds: route.maxDelaySeconds ?? 0.1,
            },
          },
        ],
      },
    },
  });
