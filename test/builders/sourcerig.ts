import type { Received } from "../../src/adapters/adapter.ts";
import { type AdapterSpec, adapter as adapterKind } from "../../src/api/adapter.ts";
import { contractVersion } from "../../src/api/contractversion.ts";
import type { LineageRecord } from "../../src/api/lineage.ts";
import { API_VERSION } from "../../src/api/meta.ts";
import { systemClock } from "../../src/base/clock.ts";
import { compile } from "../../src/compile/compile.ts";
import { byKind } from "../../src/compile/resources.ts";
import type { AdapterConfig } from "../../src/compile/config.ts";
import { NORMALISER, rawStream } from "../../src/compile/names.ts";
import type { StreamPlan, Topology } from "../../src/compile/topology.ts";
import { FloorStore } from "../../src/jetstream/floors.ts";
import { HEADER } from "../../src/jetstream/headers.ts";
import { type Hub, closeHub, connectHub } from "../../src/jetstream/hub.ts";
import { type Stored, readMessages } from "../../src/jetstream/read.ts";
import { ensureTopology } from "../../src/jetstream/topology.ts";
import type { Deps } from "../../src/runtime/deps.ts";
import { Ingest } from "../../src/runtime/ingest.ts";
import { Normaliser } from "../../src/runtime/normalise/normaliser.ts";
import { Transform } from "../../src/runtime/normalise/transform.ts";
import { RecordWriter } from "../../src/runtime/records.ts";
import { createHealth } from "../../src/telemetry/health.ts";
import { type Log, silentLog } from "../../src/telemetry/log.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import type { TestNats } from "./nats.ts";
import { unacknowledged } from "./unacknowledged.ts";

const KEY = { id: "k1", secret: Buffer.from("a key that only tests have") };
const noSecrets = {
  read: () => Promise.reject(new Error("no Secrets here")),
  readOptional: () => Promise.resolve(undefined),
};
let count = 0;

/**
 * The half of an adapter that takes messages in, in this process, without a transport: JSON documents that become
 * contract `note` in one domain, and, where they say `both`, contract `copy` in another one.
 */
export class SourceRig {
  readonly hub: Hub;
  readonly name: string;
  config: AdapterConfig;
  /** How far the wall clock of its processes is, milliseconds. */
  later = 0;
  readonly domains: [string, string];
  readonly #nats: TestNats;
  readonly #topology: Topology;
  readonly #metrics = createMetrics();
  readonly #opened: { normaliser?: Normaliser; hub: Hub }[] = [];

  private constructor(nats: TestNats, hub: Hub, spec: Partial<AdapterSpec>) {
    this.#nats = nats;
    this.hub = hub;
    this.name = `src${++count}`;
    this.domains = [`notes${count}`, `copies${count}`];
    const contracts = ["note", "copy"].map((contract, i) =>
      contractVersion.parse({
        apiVersion: API_VERSION,
        kind: "ContractVersion",
        metadata: { name: `${contract}-v1.0.0` },
        spec: { contract, version: "1.0.0", domain: this.domains[i], owner: "t", json: { schema: { type: "object" } } },
      }),
    );
    const events = 'both ? "both" : event ? event : "message"';
    const resource = adapterKind.parse({
      apiVersion: API_VERSION,
      kind: "Adapter",
      metadata: { name: this.name, namespace: "default" },
      spec: {
        system: "s",
        owner: "t",
        http: { source: { port: 9, path: "/x" } },
        emits: [
          { contract: "note", version: "1.0.0", event: events, key: "patient" },
          { contract: "copy", version: "1.0.0", event: events, events: ["both"], key: "patient" },
        ],
        ...spec,
      },
    });
    const compiled = compile(byKind([...contracts, resource]));
    this.config = compiled.configs[0] as AdapterConfig;
    this.#topology = compiled;
  }

  /** `sizes`: bounds of streams, bytes, by the beginning of their names. */
  static async create(
    nats: TestNats,
    spec: Partial<AdapterSpec> = {},
    sizes: Record<string, number> = {},
  ): Promise<SourceRig> {
    const hub = await connectHub({ url: nats.url }, "test");
    const self = new SourceRig(nats, hub, spec);
    const sized = (s: StreamPlan): StreamPlan => {
      const size = Object.entries(sizes).find(([prefix]) => s.name.startsWith(prefix))?.[1];
      return { ...s, maxBytes: size ?? Math.min(s.maxBytes, 64 * 1024 ** 2) };
    };
    const plan = { streams: self.#topology.streams.map(sized), consumers: self.#topology.consumers };
    await ensureTopology(hub, plan, { replicas: 1, floors: await FloorStore.open(hub) });
    return self;
  }

  async deps(log: Log = silentLog): Promise<Deps> {
    const hub = await connectHub({ url: this.#nats.url }, "source");
    this.#opened.push({ hub });
    return {
      adapter: { namespace: "default", name: this.name },
      hub,
      keys: { hash: KEY, resourceId: KEY.secret, token: KEY },
      secrets: noSecrets,
      clock: { ...systemClock, now: () => systemClock.now() + this.later },
      random: Math.random,
      log,
      metrics: this.#metrics,
      health: createHealth(systemClock),
    };
  }

  async ingest(): Promise<Ingest> {
    const deps = await this.deps();
    return new Ingest(deps, this.config, new Transform(this.config, KEY.secret), RecordWriter.shared(deps, "ingest"));
  }

  /** Starts a normaliser with a connection of its own, as a process would have. */
  async normaliser(log?: Log): Promise<Normaliser> {
    const deps = await this.deps(log);
    const normaliser = new Normaliser(deps, this.transform(this.config));
    this.#opened.push({ normaliser, hub: deps.hub });
    normaliser.start();
    return normaliser;
  }

  transform(config: AdapterConfig): Transform {
    return new Transform(config, KEY.secret);
  }

  /** What the hub has of this adapter in one of its domains. */
  published(domain = this.domains[0]): Promise<Stored[]> {
    return this.#read(`HUB_${domain}`, ">");
  }

  /** Bodies of what the hub has, in order. */
  async bodies(domain?: string): Promise<Record<string, unknown>[]> {
    const found = await this.published(domain);
    return found.map((m) => JSON.parse(Buffer.from(m.data).toString("utf8")) as Record<string, unknown>);
  }

  quarantined(): Promise<Stored[]> {
    return this.#read("QUARANTINE_default", `quarantine.default.${this.name}.>`);
  }

  originals(): Promise<Stored[]> {
    return this.#read(rawStream({ namespace: "default", name: this.name }), ">");
  }

  /** Lineage of this adapter, without take-overs. */
  async records(): Promise<LineageRecord[]> {
    const commits = await this.#read("LINEAGE_default", `lineage.default.${this.name}.>`);
    return commits
      .flatMap((m) => JSON.parse(Buffer.from(m.data).toString("utf8")) as LineageRecord[])
      .filter((r) => r.hop !== "TakeOver");
  }

  /** What all of it has measured, in Prometheus' text format. */
  measured(): Promise<string> {
    return this.#metrics.text();
  }

  /** How many originals the normaliser has not acknowledged. */
  unacknowledged(): Promise<number> {
    return unacknowledged(this.hub, rawStream({ namespace: "default", name: this.name }), NORMALISER);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#opened.map(async (o) => o.normaliser?.stop()));
    await Promise.all([...new Set(this.#opened.map((o) => o.hub)), this.hub].map((hub) => closeHub(hub)));
  }

  async #read(stream: string, filter: string): Promise<Stored[]> {
    const found: Stored[] = [];
    for await (const message of readMessages(this.hub, stream, filter, { sequence: 1 })) found.push(message);
    return found;
  }
}

/** A message as a webhook would hand it over. */
export const received = (id: string, body: object | string, more: Partial<Received> = {}): Received => ({
  body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
  dialect: "json",
  identity: ["sender", id],
  ...more,
});

export const rawSeqOf = (message: Stored): string => message.header(HEADER.rawSeq).replace(/^\d+\./, "");
