import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInbox } from "@nats-io/nats-core";
import { API_PREFIX } from "../../src/compile/exports.ts";
import type { AdapterConfig } from "../../src/compile/config.ts";
import * as names from "../../src/compile/names.ts";
import { type Permissions, permissionsOf } from "../../src/compile/permissions.ts";
import { ConfigStore } from "../../src/jetstream/config.ts";
import { FloorStore } from "../../src/jetstream/floors.ts";
import { type Hub, closeHub, connectHub } from "../../src/jetstream/hub.ts";
import { ensureTopology } from "../../src/jetstream/topology.ts";
import { type Signer, mintCredentials } from "../../src/jetstream/usertoken.ts";
import { type TestNats, startNats } from "./nats.ts";
import { createAccounts } from "./natsaccounts.ts";
import { consumerPlan, streamPlan } from "./topology.ts";

export const DOMAIN = "registration";

/** A hub with several adapters, and somebody who has the credentials of the first one and tries what they give. */
export class Intruder {
  readonly operator: Hub;
  readonly hub: Hub;
  /** Where JetStream's requests begin for the intruder. */
  readonly api: string;
  readonly #nats: TestNats;
  readonly #dir: string;

  private constructor(nats: TestNats, dir: string, operator: Hub, hub: Hub) {
    this.#nats = nats;
    this.#dir = dir;
    this.operator = operator;
    this.hub = hub;
    this.api = hub.api;
  }

  static async create(layout: "OneAccount" | "OwnAccount", adapters: names.AdapterName[]): Promise<Intruder> {
    const [own] = adapters as [names.AdapterName];
    const accounts = createAccounts(layout);
    const dir = await mkdtemp(join(tmpdir(), "fascia-intruder-"));
    const nats = await startNats({ more: accounts.config });
    const connect = async (name: string, signer: Signer, permissions: Permissions, apiPrefix: string) => {
      const credsFile = join(dir, `${name}.creds`);
      const user = { name, permissions, issuedAt: Date.now(), expiresAt: Date.now() + 600_000 };
      await writeFile(credsFile, mintCredentials(signer, user));
      return connectHub({ url: nats.url, credsFile, apiPrefix }, name);
    };
    const operator = await connect("operator", accounts.hub, { publish: [">"], subscribe: [">"] }, API_PREFIX);
    await setUp(operator, adapters);
    const { apiPrefix } = accounts;
    const permissions = permissionsOf({ ...own, workers: 1, domains: [DOMAIN], apiPrefix });
    const hub = await connect(names.connectionName(own), accounts.adapters, permissions, apiPrefix);
    return new Intruder(nats, dir, operator, hub);
  }

  async stop(): Promise<void> {
    await closeHub(this.hub);
    await closeHub(this.operator);
    await this.#nats.stop();
    await rm(this.#dir, { recursive: true, force: true });
  }

  /** Everything there is, as it must be after every attack. */
  async state(): Promise<unknown> {
    const { jsm } = this.operator;
    const found: unknown[] = [];
    for await (const { config, state: s } of jsm.streams.list()) {
      found.push([config.name, config, s.messages, s.last_seq, s.num_deleted]);
      for await (const c of jsm.consumers.list(config.name))
        found.push([c.name, c.config, c.delivered, c.ack_floor, c.paused]);
    }
    return found;
  }

  /** Publishes to each subject, and gives those that the server did not refuse. */
  async publish(subjects: string[], payload = ""): Promise<string[]> {
    const { nc, inboxPrefix } = this.hub;
    const refused = await this.#refusals(() => {
      for (const subject of subjects) nc.publish(subject, payload, { reply: createInbox(inboxPrefix) });
    });
    return subjects.filter((subject) => !refused.has(subject));
  }

  /** Subscribes to each subject, and gives those that the server did not refuse. */
  async subscribe(subjects: string[]): Promise<string[]> {
    const refused = await this.#refusals(() => {
      for (const subject of subjects) this.hub.nc.subscribe(subject, { callback: () => {} });
    });
    return subjects.filter((subject) => !refused.has(subject));
  }

  /** Resolves when all that was sent so far has had its effect: the server works off a connection in order. */
  async settled(): Promise<void> {
    await this.hub.nc.flush();
    for (let i = 0; i < 3; i++) await this.operator.jsm.getAccountInfo();
  }

  /** Subjects that the server refused while `attack` went on. */
  async #refusals(attack: () => void): Promise<Set<string>> {
    const violation = /(?:Publish|Subscription) Violation .*?Subject "([^"]+)"/g;
    const refused = async () => [...(await this.#nats.log()).matchAll(violation)].map((m) => m[1] ?? "");
    const before = (await refused()).length;
    attack();
    await this.hub.nc.flush();
    return new Set((await refused()).slice(before));
  }
}

export const hubSubjectOf = (a: names.AdapterName) =>
  names.hubSubject({
    domain: DOMAIN,
    contract: "note",
    major: 1,
    namespace: a.namespace,
    adapter: a.name,
    event: "A01",
    bucket: "07",
  });

/** What each adapter has: messages everywhere, consumers, a configuration. */
async function setUp(operator: Hub, adapters: names.AdapterName[]): Promise<void> {
  const namespaces = [...new Set(adapters.map((a) => a.namespace))];
  const floors = await FloorStore.open(operator, { maxBytes: 1024 ** 2, replicas: 1 });
  const configs = await ConfigStore.make(operator, { maxBytes: 1024 ** 2, replicas: 1 });
  const streams = [
    streamPlan(names.hubStream(DOMAIN), [`hub.${DOMAIN}.>`]),
    streamPlan(names.AUDIT_STREAM, [names.AUDIT_SUBJECTS]),
    ...namespaces.flatMap((ns) => [
      streamPlan(names.quarantineStream(ns), [`quarantine.${ns}.>`]),
      streamPlan(names.lineageStream(ns), [`lineage.${ns}.>`]),
    ]),
    ...adapters.flatMap((a) => [
      streamPlan(names.rawStream(a), [names.rawSubject(a)]),
      streamPlan(names.parkedStream(a), [`parked.${a.namespace}.${a.name}.>`], { toldOn: names.STORED_PREFIX }),
    ]),
  ];
  const consumers = adapters.flatMap((a) => [
    consumerPlan(names.rawStream(a), names.NORMALISER),
    consumerPlan(names.hubStream(DOMAIN), names.deliveryConsumer(a, 0)),
  ]);
  await ensureTopology(operator, { streams, consumers }, { replicas: 1, storeBytes: 1024 ** 3, floors });
  for (const a of adapters) {
    for (const subject of [
      names.rawSubject(a),
      hubSubjectOf(a),
      names.parkedSubject(a, DOMAIN, "07", "k1.x"),
      names.quarantineSubject(a, "deliver"),
      names.lineageSubject(a, "ingest"),
      names.auditSubject(a.namespace, "Adapter", "request"),
    ])
      await operator.nc.request(subject, `secret of ${names.adapterRef(a)}`);
    await configs.put(configOf(a));
  }
}

export const configOf = (a: names.AdapterName): AdapterConfig => ({
  ...a,
  revision: "r1",
  spec: { system: "x", owner: "y" } as AdapterConfig["spec"],
  contracts: {},
  emits: [],
  routes: [],
  domains: [],
});
