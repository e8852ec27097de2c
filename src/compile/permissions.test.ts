import { describe, expect, it } from "vitest";
import { API_PREFIX, HUB_EXPORTS, IMPORTED_API_PREFIX } from "./exports.ts";
import * as names from "./names.ts";
import { permissionsOf } from "./permissions.ts";

const EHR = { namespace: "ward", name: "ehr", workers: 1, domains: ["registration", "lab"], apiPrefix: API_PREFIX };
const { publish, subscribe } = permissionsOf(EHR);

/** Whether a user with these permissions may publish to, or subscribe, `subject`, as nats-server decides it. */
const permits = (allow: string[], subject: string): boolean =>
  allow.some((pattern) => {
    const want = pattern.split(".");
    const have = subject.split(".");
    const open = want.at(-1) === ">";
    if (open ? have.length < want.length : have.length !== want.length) return false;
    return want.every((token, i) => (open && i === want.length - 1) || token === "*" || token === have[i]);
  });
const mayPublish = (subject: string) => permits(publish, subject);

/** Names that an adapter of another one's could be mistaken for. */
const OTHERS = [
  { namespace: "ward", name: "billing" },
  { namespace: "ward", name: "ehr-2" },
  { namespace: "clinic", name: "ehr" },
  { namespace: "ehr", name: "ward" },
];

describe("the permissions of an adapter", () => {
  it("let it publish under its own name, whatever the domain and the contract", () => {
    for (const domain of ["registration", "not-there-yet"]) {
      const place = { domain, contract: "admission", major: 1, event: "A01", bucket: "07" };
      expect(mayPublish(names.hubSubject({ ...place, namespace: "ward", adapter: "ehr" }))).toBe(true);
      expect(mayPublish(names.wakeSubject(domain, EHR, 0))).toBe(true);
      expect(mayPublish(names.parkedSubject(EHR, domain, "07", "k1.x"))).toBe(true);
      expect(mayPublish(names.lineageSubject(EHR, names.deliveryWriter(domain, 0)))).toBe(true);
    }
  });

  it.each(OTHERS)("let it publish nothing under the name of $namespace/$name", (other) => {
    const place = { domain: "registration", contract: "admission", major: 1, event: "A01", bucket: "07" };
    const subjects = [
      names.rawSubject(other),
      names.hubSubject({ ...place, namespace: other.namespace, adapter: other.name }),
      names.wakeSubject("registration", other, 0),
      names.parkedSubject(other, "registration", "07", "k1.x"),
      names.quarantineSubject(other, "deliver"),
      names.lineageSubject(other, "ingest"),
    ];
    expect(subjects.filter(mayPublish)).toEqual([]);
  });

  it("are all imported by an account of adapters, for none of them has JetStream of its own", () => {
    const imported = permissionsOf({ ...EHR, apiPrefix: IMPORTED_API_PREFIX });
    const covered = (kind: "service" | "stream") => HUB_EXPORTS.filter((e) => e.kind === kind).map((e) => e.as);
    expect(imported.publish.filter((subject) => !permits(covered("service"), subject))).toEqual([]);
    const [, ...told] = imported.subscribe;
    expect(told.filter((subject) => !permits(covered("stream"), subject))).toEqual([]);
  });

  it("name as many workers as there are, and no more", () => {
    const two = permissionsOf({ ...EHR, workers: 2 }).publish;
    const pull = (worker: number) => `$JS.API.CONSUMER.MSG.NEXT.HUB_lab.${names.deliveryConsumer(EHR, worker)}`;
    expect([0, 1, 2].map((worker) => permits(two, pull(worker)))).toEqual([true, true, false]);
    expect([0, 1].map((worker) => mayPublish(pull(worker)))).toEqual([true, false]);
  });

  it("let it make, change and delete no stream and no consumer", () => {
    expect(
      publish.filter((subject) => /CREATE|UPDATE|PURGE|SNAPSHOT|RESTORE|STREAM\.DELETE|CONSUMER\.DELETE/.test(subject)),
    ).toEqual([]);
    expect(publish.filter((subject) => /[.]>$/.test(subject))).toEqual([
      "$JS.API.DIRECT.GET.KV_fascia_config.$KV.fascia_config.ward.ehr.>",
    ]);
  });

  it("let it read streams of many adapters by own subjects only, but for the namespace's lineage and the marks", () => {
    const whole = publish.filter((subject) => /^\$JS\.API\.(DIRECT\.GET|STREAM\.MSG\.GET)\.[^.]+$/.test(subject));
    expect(whole.map((subject) => subject.split(".").at(-1)).sort()).toEqual(
      ["RAW_ward_ehr", "RAW_ward_ehr", "PARKED_ward_ehr", "PARKED_ward_ehr", "LINEAGE_ward", "KV_fascia_state"].sort(),
    );
  });

  it("let it ask of a domain's stream how full it is", () => {
    expect(mayPublish("$JS.API.STREAM.INFO.HUB_lab")).toBe(true);
    expect(mayPublish("$JS.API.STREAM.INFO.HUB_radiology")).toBe(false);
  });

  it("take acknowledgements of its own consumers in both forms, and its name for no other token of one", () => {
    const own = "ward_ehr_w0";
    expect(mayPublish(`$JS.ACK.HUB_lab.${own}.1.2.3.4.5`)).toBe(true);
    expect(mayPublish(`$JS.ACK.hub.HASH.HUB_lab.${own}.1.2.3.4.5`)).toBe(true);
    expect(mayPublish(`$JS.ACK.hub.HASH.HUB_lab.${own}.1.2.3.4.5.random`)).toBe(true);
    expect(mayPublish(`$JS.ACK.RAW_ward_billing.normalise.1.${own}.3.4.5`)).toBe(false);
  });

  it("let it hear its own inboxes, what of its own is stored, and nothing else", () => {
    const hears = (subject: string) => permits(subscribe, subject);
    expect(hears(`_INBOX_${names.connectionName(EHR)}.x.y`)).toBe(true);
    expect(hears("stored.parked.ward.ehr.lab.07.k1~x")).toBe(true);
    expect(hears("stored.$KV.fascia_config.ward.ehr.current")).toBe(true);
    for (const other of OTHERS) {
      expect(hears(`_INBOX_${names.connectionName(other)}.x`)).toBe(false);
      expect(hears(`stored.${names.parkedSubject(other, "lab", "07", "k1.x")}`)).toBe(false);
      expect(hears(`stored.$KV.fascia_config.${names.currentKey(other)}`)).toBe(false);
    }
    for (const subject of [">", "_INBOX.>", "hub.lab.>", "raw.ward.ehr", "$JS.EVENT.>"])
      expect(hears(subject)).toBe(false);
  });
});
