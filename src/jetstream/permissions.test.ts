import { createInbox } from "@nats-io/nats-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DOMAIN, Intruder, configOf, hubSubjectOf } from "../../test/builders/intruder.ts";
import { API_PREFIX, IMPORTED_API_PREFIX } from "../compile/exports.ts";
import * as names from "../compile/names.ts";
import { ConfigReader } from "./configreader.ts";
import { PRIORITY_GROUP } from "./pinned.ts";

const OWN = { namespace: "ward", name: "ehr" };
const VICTIMS = [
  { namespace: "ward", name: "billing" },
  { namespace: "ward", name: "ehr-2" },
  { namespace: "clinic", name: "ehr" },
];
const ALL = [OWN, ...VICTIMS];
let intruder: Intruder;

describe.each(["OneAccount", "OwnAccount"] as const)("adapters in %s", (layout) => {
  beforeAll(async () => {
    intruder = await Intruder.create(layout, ALL);
  });
  afterAll(() => intruder.stop());

  describe.each(VICTIMS)("with the credentials of ward/ehr nothing of $namespace/$name", (victim) => {
    const streams = [
      names.rawStream(victim),
      names.parkedStream(victim),
      names.quarantineStream(victim.namespace),
      `KV_${names.CONFIG_BUCKET}`,
      names.hubStream(DOMAIN),
      names.AUDIT_STREAM,
      ...(victim.namespace === OWN.namespace ? [] : [names.lineageStream(victim.namespace)]),
    ];
    const consumers = [
      `${names.rawStream(victim)}.${names.NORMALISER}`,
      `${names.hubStream(DOMAIN)}.${names.deliveryConsumer(victim, 0)}`,
    ];

    test("can be written", async () => {
      const before = await intruder.state();
      const subjects = [
        names.rawSubject(victim),
        hubSubjectOf(victim),
        names.wakeSubject(DOMAIN, victim, 0),
        names.parkedSubject(victim, DOMAIN, "07", "k1.x"),
        names.quarantineSubject(victim, "normalise"),
        names.quarantineSubject(victim, "deliver"),
        names.lineageSubject(victim, "ingest"),
        names.auditSubject(victim.namespace, "Adapter", "request"),
        `$KV.${names.CONFIG_BUCKET}.${names.currentKey(victim)}`,
        `$KV.${names.STATE_BUCKET}.fence.${DOMAIN}.${victim.namespace}.${victim.name}.07`,
      ];
      expect(await intruder.publish(subjects, "forged")).toEqual([]);
      expect(await intruder.state()).toEqual(before);
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
        ...verbs.flatMap((verb) => streams.map((stream) => `${intruder.api}.${verb}.${stream}`)),
        ...streams
          .filter((s) => s !== names.hubStream(DOMAIN))
          .map((stream) => `${intruder.api}.STREAM.INFO.${stream}`),
        ...streams.flatMap((stream) => [
          `${intruder.api}.CONSUMER.CREATE.${stream}.spy`,
          `${intruder.api}.CONSUMER.CREATE.${stream}.spy.${hubSubjectOf(victim)}`,
          `${intruder.api}.CONSUMER.CREATE.${stream}.spy.${hubSubjectOf(OWN)}`,
          `${intruder.api}.CONSUMER.DURABLE.CREATE.${stream}.spy`,
          `${intruder.api}.CONSUMER.DURABLE.CREATE.${stream}.${names.deliveryConsumer(OWN, 0)}`,
        ]),
        ...consumers.flatMap((c) => ["MSG.NEXT", "INFO"].map((verb) => `${intruder.api}.CONSUMER.${verb}.${c}`)),
        `${intruder.api}.DIRECT.GET.${names.hubStream(DOMAIN)}.${hubSubjectOf(victim)}`,
        `${intruder.api}.DIRECT.GET.${names.hubStream(DOMAIN)}.hub.>`,
        `${intruder.api}.DIRECT.GET.${names.hubStream(DOMAIN)}.hub.${DOMAIN}.*.*.*.*.*.*`,
        `${intruder.api}.DIRECT.GET.${names.rawStream(victim)}.${names.rawSubject(victim)}`,
        `${intruder.api}.DIRECT.GET.KV_${names.CONFIG_BUCKET}.$KV.${names.CONFIG_BUCKET}.${names.currentKey(victim)}`,
        `${intruder.api}.DIRECT.GET.KV_${names.CONFIG_BUCKET}.$KV.${names.CONFIG_BUCKET}.*.*.current`,
        `${intruder.api}.DIRECT.GET.KV_${names.CONFIG_BUCKET}.>`,
      ];
      expect(await intruder.publish(subjects, JSON.stringify({ seq: 1 }))).toEqual([]);
      await expect(new ConfigReader(intruder.hub, victim).read()).rejects.toMatchObject({ code: "HubForbidden" });
    });

    test("can be deleted, purged, changed, moved or held up", async () => {
      const before = await intruder.state();
      const ofStream = [
        "DELETE",
        "PURGE",
        "UPDATE",
        "CREATE",
        "MSG.DELETE",
        "RESTORE",
        "LEADER.STEPDOWN",
        "PEER.REMOVE",
      ];
      const ofConsumer = ["DELETE", "PAUSE", "RESET", "UNPIN", "LEADER.STEPDOWN"];
      const subjects = [
        ...ofStream.flatMap((verb) => streams.map((stream) => `${intruder.api}.STREAM.${verb}.${stream}`)),
        ...ofConsumer.flatMap((verb) => consumers.map((c) => `${intruder.api}.CONSUMER.${verb}.${c}`)),
        ...consumers.map((c) => `$JS.ACK.${c}.1.1.1.1.0`),
      ];
      expect(await intruder.publish(subjects)).toEqual([]);
      expect(await intruder.state()).toEqual(before);
    });

    test("can be pulled by an acknowledgement that names its own consumer where another one has a number", async () => {
      const before = await intruder.state();
      const own = names.deliveryConsumer(OWN, 0);
      const inbox = createInbox(intruder.hub.inboxPrefix);
      const got: string[] = [];
      intruder.hub.nc.subscribe(inbox, {
        callback: (_error, message) => {
          if (message.headers?.code !== 503) got.push(message.string());
        },
      });
      const next = `+NXT ${JSON.stringify({ batch: 1, group: PRIORITY_GROUP, expires: 1_000_000_000 })}`;
      for (const c of consumers)
        for (const tail of ["1.1.1", "1.1.1.1.1", "1.1.1.1.1.1"])
          intruder.hub.nc.publish(`$JS.ACK.${c}.1.${own}.${tail}`, next, { reply: inbox });
      await intruder.settled();
      expect(got).toEqual([]);
      expect(await intruder.state()).toEqual(before);
    });

    test("can be heard", async () => {
      const subjects = [
        `_INBOX_${names.connectionName(victim)}.>`,
        `stored.parked.${victim.namespace}.${victim.name}.>`,
        `stored.$KV.${names.CONFIG_BUCKET}.${names.currentKey(victim)}`,
        names.rawSubject(victim),
        `lineage.${victim.namespace}.>`,
      ];
      expect(await intruder.subscribe(subjects)).toEqual([]);
    });
  });

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
    expect(await intruder.publish(subjects)).toEqual([]);
    expect(
      await intruder.subscribe([
        ">",
        "*.>",
        "_INBOX.>",
        "hub.>",
        "raw.>",
        "stored.>",
        "$KV.>",
        "$JS.>",
        "$JS.EVENT.>",
        "$SYS.>",
      ]),
    ).toEqual([]);
  });

  test("what is its own is open: configuration, streams, consumers", async () => {
    expect(await new ConfigReader(intruder.hub, OWN).read()).toEqual(configOf(OWN));
    expect((await intruder.hub.jsm.streams.info(names.rawStream(OWN))).state.messages).toBe(1);
    const consumer = await intruder.hub.jsm.consumers.info(names.hubStream(DOMAIN), names.deliveryConsumer(OWN, 0));
    expect(consumer.num_pending).toBe(ALL.length);
  });
});

describe("adapters in an account of their own", () => {
  beforeAll(async () => {
    intruder = await Intruder.create("OwnAccount", ALL);
  });
  afterAll(() => intruder.stop());

  /** Subjects to which the server would write with its own authority, were they in the hub's account. */
  const targets = VICTIMS.flatMap((victim) => [
    ...[API_PREFIX, IMPORTED_API_PREFIX].flatMap((api) => [
      `${api}.STREAM.DELETE.${names.rawStream(victim)}`,
      `${api}.STREAM.PURGE.${names.rawStream(victim)}`,
      `${api}.CONSUMER.RESET.${names.rawStream(victim)}.${names.NORMALISER}`,
      `${api}.CONSUMER.DELETE.${names.rawStream(victim)}.${names.NORMALISER}`,
    ]),
    names.rawSubject(victim),
    hubSubjectOf(victim),
    names.lineageSubject(victim, "ingest"),
  ]);

  test("nobody reaches others by having an answer of the server sent to their subjects", async () => {
    const { hub, api } = intruder;
    // An empty message is what deletes a stream.
    await hub.nc.request(names.rawSubject(OWN), "");
    const before = await intruder.state();
    const read = `${api}.DIRECT.GET.${names.rawStream(OWN)}`;
    const pull = `${api}.CONSUMER.MSG.NEXT.${names.hubStream(DOMAIN)}.${names.deliveryConsumer(OWN, 0)}`;
    for (const reply of targets) {
      hub.nc.publish(read, JSON.stringify({ seq: 2 }), { reply });
      hub.nc.publish(read, JSON.stringify({ seq: 1, next_by_subj: ">", batch: 5 }), { reply });
      hub.nc.publish(pull, JSON.stringify({ batch: 5, no_wait: true }), { reply });
    }
    await intruder.settled();
    expect(await intruder.state()).toEqual(before);
  });

  test("not even by the answer to a message that is stored", async () => {
    const { hub, operator } = intruder;
    const stored = async () =>
      Promise.all(VICTIMS.map(async (v) => (await operator.jsm.streams.info(names.rawStream(v))).state.last_seq));
    const before = await stored();
    for (const reply of targets) hub.nc.publish(names.rawSubject(OWN), "x", { reply });
    await intruder.settled();
    expect(await stored()).toEqual(before);
  });
});
