import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInbox } from "@nats-io/nats-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestNats, startNats } from "../../test/builders/nats.ts";
import { type NatsAccounts, createAccounts } from "../../test/builders/natsaccounts.ts";
import { consumerPlan, streamPlan } from "../../test/builders/topology.ts";
import type { AdapterConfig } from "../compile/config.ts";
import * as names from "../compile/names.ts";
import { permissionsOf } from "../compile/permissions.ts";
import { ConfigStore } from "./config.ts";
import { ConfigReader } from "./configreader.ts";
import { FloorStore } from "./floors.ts";
import { type Hub, closeHub, connectHub } from "./hub.ts";
import { PRIORITY_GROUP } from "./pinned.ts";
import { ensureTopology } from "./topology.ts";
import { mintCredentials } from "./usertoken.ts";

const ATTACKER = { namespace: "ward", name: "ehr" };
const VICTIMS = [
  { namespace: "ward", name: "billing" },
  { namespace: "ward", name: "ehr-2" },
  { namespace: "clinic", name: "ehr" },
];
const ALL = [ATTACKER, ...VICTIMS];
const DOMAIN = "registration";

let accounts: NatsAccounts;
let nats: TestNats;
let operator: Hub;
let attacker: Hub;
let dir = "";

beforeAll(async () => {
  accounts = createAccounts();
  dir = await mkdtemp(join(tmpdir(), "fascia-attack-"));
  nats = await startNats({ more: accounts.config });
  operator = await connectAs("operator", { publish: [">"], subscribe: [">"] });
  await setUp();
  attacker = await connectAs(
    names.connectionName(ATTACKER),
    permissionsOf({ ...ATTACKER, workers: 1, domains: [DOMAIN] }),
  );
});
afterAll(async () => {
  await closeHub(attacker);
  await closeHub(operator);
  await nats.stop();
  await rm(dir, { recursive: true, force: true });
});

async function connectAs(name: string, permissions: ReturnType<typeof permissionsOf>): Promise<Hub> {
  const credsFile = join(dir, `${name}.creds`);
  const user = { name, permissions, issuedAt: Date.now(), expiresAt: Date.now() + 600_000 };
  await writeFile(credsFile, mintCredentials(accounts.signer, user));
  return connectHub({ url: nats.url, credsFile }, name);
}

const hubSubjectOf = (a: names.AdapterName) =>
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
async function setUp(): Promise<void> {
  const namespaces = [...new Set(ALL.map((a) => a.namespace))];
  const floors = await FloorStore.open(operator, { maxBytes: 1024 ** 2, replicas: 1 });
  const configs = await ConfigStore.make(operator, { maxBytes: 1024 ** 2, replicas: 1 });
  const streams = [
    streamPlan(names.hubStream(DOMAIN), [`hub.${DOMAIN}.>`]),
    ...namespaces.flatMap((ns) => [
      streamPlan(names.quarantineStream(ns), [`quarantine.${ns}.>`]),
      streamPlan(names.lineageStream(ns), [`lineage.${ns}.>`]),
    ]),
    ...ALL.flatMap((a) => [
      streamPlan(names.rawStream(a), [names.rawSubject(a)]),
      streamPlan(names.parkedStream(a), [`parked.${a.namespace}.${a.name}.>`], { toldOn: names.STORED_PREFIX }),
    ]),
  ];
  const consumers = ALL.flatMap((a) => [
    consumerPlan(names.rawStream(a), names.NORMALISER),
    consumerPlan(names.hubStream(DOMAIN), names.deliveryConsumer(a, 0)),
  ]);
  await ensureTopology(operator, { streams, consumers }, { replicas: 1, storeBytes: 1024 ** 3, floors });
  for (const a of ALL) {
    for (const subject of [
      names.rawSubject(a),
      hubSubjectOf(a),
      names.parkedSubject(a, DOMAIN, "07", "k1.x"),
      names.quarantineSubject(a, "deliver"),
      names.lineageSubject(a, "ingest"),
    ])
      await operator.nc.request(subject, `secret of ${names.adapterRef(a)}`);
    await configs.put(configOf(a));
  }
}

const configOf = (a: names.AdapterName): AdapterConfig => ({
  ...a,
  revision: "r1",
  spec: { system: "x", owner: "y" } as AdapterConfig["spec"],
  contracts: {},
  emits: [],
  routes: [],
  domains: [],
});

/** Everything there is, as it must be after every attack. */
async function state(): Promise<unknown> {
  const found: unknown[] = [];
  for await (const { config, state: s } of operator.jsm.streams.list()) {
    found.push([config.name, config, s.messages, s.last_seq, s.num_deleted]);
    for await (const c of operator.jsm.consumers.list(config.name))
      found.push([c.name, c.config, c.delivered, c.ack_floor, c.paused]);
  }
  return found;
}

/** Publishes to each subject, and gives those that the server did not refuse. */
async function notRefused(subjects: string[], payload = ""): Promise<string[]> {
  const refused = await refusals(() => {
    for (const subject of subjects) attacker.nc.publish(subject, payload, { reply: createInbox(attacker.inboxPrefix) });
  });
  return subjects.filter((subject) => !refused.has(subject));
}

/** Subjects that the server refused while `attack` went on. */
async function refusals(attack: () => void): Promise<Set<string>> {
  const log = async () =>
    [...(await nats.log()).matchAll(/(?:Publish|Subscription) Violation .*?Subject "([^"]+)"/g)].map((m) => m[1] ?? "");
  const before = (await log()).length;
  attack();
  await attacker.nc.flush();
  return new Set((await log()).slice(before));
}

describe.each(VICTIMS)("with the credentials of ward/ehr nothing of $namespace/$name", (victim) => {
  const streams = [
    names.rawStream(victim),
    names.parkedStream(victim),
    names.quarantineStream(victim.namespace),
    `KV_${names.CONFIG_BUCKET}`,
    names.hubStream(DOMAIN),
    ...(victim.namespace === ATTACKER.namespace ? [] : [names.lineageStream(victim.namespace)]),
  ];
  const consumers = [
    `${names.rawStream(victim)}.${names.NORMALISER}`,
    `${names.hubStream(DOMAIN)}.${names.deliveryConsumer(victim, 0)}`,
  ];

  test("can be written", async () => {
    const before = await state();
    const subjects = [
      names.rawSubject(victim),
      hubSubjectOf(victim),
      names.wakeSubject(DOMAIN, victim, 0),
      names.parkedSubject(victim, DOMAIN, "07", "k1.x"),
      names.quarantineSubject(victim, "normalise"),
      names.quarantineSubject(victim, "deliver"),
      names.lineageSubject(victim, "ingest"),
      `$KV.${names.CONFIG_BUCKET}.${names.currentKey(victim)}`,
      `$KV.${names.STATE_BUCKET}.fence.${DOMAIN}.${victim.namespace}.${victim.name}.07`,
    ];
    expect(await notRefused(subjects, "forged")).toEqual([]);
    expect(await state()).toEqual(before);
  });

  test("can be read", async () => {
    const verbs = [
      "STREAM.MSG.GET",
      "DIRECT.GET",
      "STREAM.SNAPSHOT",
      "CONSUMER.CREATE",
      "CONSUMER.LIST",
      "CONSUMER.NAMES",
    ];
    const subjects = [
      ...verbs.flatMap((verb) => streams.map((stream) => `$JS.API.${verb}.${stream}`)),
      ...streams.filter((s) => s !== names.hubStream(DOMAIN)).map((stream) => `$JS.API.STREAM.INFO.${stream}`),
      ...streams.flatMap((stream) => [
        `$JS.API.CONSUMER.CREATE.${stream}.spy`,
        `$JS.API.CONSUMER.CREATE.${stream}.spy.${hubSubjectOf(victim)}`,
        `$JS.API.CONSUMER.CREATE.${stream}.spy.${hubSubjectOf(ATTACKER)}`,
        `$JS.API.CONSUMER.DURABLE.CREATE.${stream}.spy`,
        `$JS.API.CONSUMER.DURABLE.CREATE.${stream}.${names.deliveryConsumer(ATTACKER, 0)}`,
      ]),
      ...consumers.flatMap((c) => ["MSG.NEXT", "INFO"].map((verb) => `$JS.API.CONSUMER.${verb}.${c}`)),
      `$JS.API.DIRECT.GET.${names.hubStream(DOMAIN)}.${hubSubjectOf(victim)}`,
      `$JS.API.DIRECT.GET.${names.hubStream(DOMAIN)}.hub.>`,
      `$JS.API.DIRECT.GET.${names.hubStream(DOMAIN)}.hub.${DOMAIN}.*.*.*.*.*.*`,
      `$JS.API.DIRECT.GET.${names.rawStream(victim)}.${names.rawSubject(victim)}`,
      `$JS.API.DIRECT.GET.KV_${names.CONFIG_BUCKET}.$KV.${names.CONFIG_BUCKET}.${names.currentKey(victim)}`,
      `$JS.API.DIRECT.GET.KV_${names.CONFIG_BUCKET}.$KV.${names.CONFIG_BUCKET}.*.*.current`,
      `$JS.API.DIRECT.GET.KV_${names.CONFIG_BUCKET}.>`,
    ];
    expect(await notRefused(subjects, JSON.stringify({ seq: 1 }))).toEqual([]);
    await expect(new ConfigReader(attacker, victim).read()).rejects.toMatchObject({ code: "HubForbidden" });
  });

  test("can be deleted, purged, changed, moved or held up", async () => {
    const before = await state();
    const ofStream = ["DELETE", "PURGE", "UPDATE", "CREATE", "MSG.DELETE", "RESTORE", "LEADER.STEPDOWN", "PEER.REMOVE"];
    const ofConsumer = ["DELETE", "PAUSE", "RESET", "UNPIN", "LEADER.STEPDOWN"];
    const subjects = [
      ...ofStream.flatMap((verb) => streams.map((stream) => `$JS.API.STREAM.${verb}.${stream}`)),
      ...ofConsumer.flatMap((verb) => consumers.map((c) => `$JS.API.CONSUMER.${verb}.${c}`)),
      ...consumers.map((c) => `$JS.ACK.${c}.1.1.1.1.0`),
    ];
    expect(await notRefused(subjects)).toEqual([]);
    expect(await state()).toEqual(before);
  });

  test("can be pulled by an acknowledgement that names its own consumer where another one has a number", async () => {
    const before = await state();
    const own = names.deliveryConsumer(ATTACKER, 0);
    const inbox = createInbox(attacker.inboxPrefix);
    const got: string[] = [];
    attacker.nc.subscribe(inbox, {
      callback: (_error, message) => {
        if (message.headers?.code !== 503) got.push(message.string());
      },
    });
    const next = `+NXT ${JSON.stringify({ batch: 1, group: PRIORITY_GROUP, expires: 1_000_000_000 })}`;
    for (const c of consumers)
      for (const tail of ["1.1.1", "1.1.1.1.1", "1.1.1.1.1.1"])
        attacker.nc.publish(`$JS.ACK.${c}.1.${own}.${tail}`, next, { reply: inbox });
    await attacker.nc.flush();
    await operator.nc.flush();
    expect(got).toEqual([]);
    expect(await state()).toEqual(before);
  });

  test("can be heard", async () => {
    const subjects = [
      `_INBOX_${names.connectionName(victim)}.>`,
      `stored.parked.${victim.namespace}.${victim.name}.>`,
      `stored.$KV.${names.CONFIG_BUCKET}.${names.currentKey(victim)}`,
      names.rawSubject(victim),
      `lineage.${victim.namespace}.>`,
    ];
    expect(await notHeard(subjects)).toEqual([]);
  });
});

/** Subscribes to each subject, and gives those that the server did not refuse. */
async function notHeard(subjects: string[]): Promise<string[]> {
  const refused = await refusals(() => {
    for (const subject of subjects) attacker.nc.subscribe(subject, { callback: () => {} });
  });
  return subjects.filter((subject) => !refused.has(subject));
}

test("nothing of the server and of the account is open beyond the list", async () => {
  const subjects = [
    "$JS.API.INFO",
    "$JS.API.ACCOUNT.PURGE.HUB",
    "$JS.API.STREAM.LIST",
    "$JS.API.STREAM.NAMES",
    "$JS.API.STREAM.CREATE.NEW",
    "$JS.API.META.LEADER.STEPDOWN",
    "$JS.API.SERVER.REMOVE",
    "$SYS.REQ.SERVER.PING",
    "$SYS.REQ.USER.INFO",
    "$SYS.REQ.ACCOUNT.PING.CONNZ",
    "anything.else",
  ];
  expect(await notRefused(subjects)).toEqual([]);
  expect(
    await notHeard([">", "*.>", "_INBOX.>", "hub.>", "raw.>", "stored.>", "$KV.>", "$JS.>", "$JS.EVENT.>", "$SYS.>"]),
  ).toEqual([]);
});

test("what is its own is open: configuration, streams, consumers", async () => {
  expect(await new ConfigReader(attacker, ATTACKER).read()).toEqual(configOf(ATTACKER));
  expect((await attacker.jsm.streams.info(names.rawStream(ATTACKER))).state.messages).toBe(1);
  const consumer = await attacker.jsm.consumers.info(names.hubStream(DOMAIN), names.deliveryConsumer(ATTACKER, 0));
  expect(consumer.num_pending).toBe(ALL.length);
});
