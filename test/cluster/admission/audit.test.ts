import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import type { AuditRecord } from "../../../src/api/audit.ts";
import { AuditTrail } from "../../../src/jetstream/audit/trail.ts";
import { closeHub, connectHub } from "../../../src/jetstream/hub.ts";
import { readAudit } from "../../../src/ledger/audit.ts";
import { readLineage } from "../../../src/ledger/journey.ts";
import type { Resource } from "../../../src/policy/rule.ts";
import { silentLog } from "../../../src/telemetry/log.ts";
import { eventually } from "../../builders/eventually.ts";
import { aDataDomain, aPolicyException, aSource } from "../../builders/resources.ts";
import { type TestHub, startHub } from "../../builders/starthub.ts";
import { create, pathOf } from "../api.ts";
import { type Api, startApi } from "../startapi.ts";
import { Webhook, asked, keeperOf, storeOf } from "./rig.ts";

const IDENTITIES = {
  admin: ["system:masters"],
  ada: ["system:masters", "authors"],
  grace: ["system:masters", "board"],
};
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+/, "");

let api: Api;
let hub: TestHub;
let webhook: Webhook;
let trail: AuditTrail;

const as = (user: keyof typeof IDENTITIES) => api.controlPlane.client(user);
const claiming = (name: string) =>
  aSource(name, 2575, { system: "ehr", emits: [{ contract: "order", version: "1.0.0" }] }, "default");

async function apply(user: keyof typeof IDENTITIES, resource: Resource): Promise<number> {
  const { status } = await create(as(user), resource);
  await webhook.refresh();
  return status;
}

beforeAll(async () => {
  api = await startApi({ identities: IDENTITIES });
  webhook = new Webhook(api);
  await webhook.refresh();
  await webhook.start(keeperOf(storeOf(api)), { register: true });
  await asked(as("admin"), aSource("never", 0, { emits: [{ contract: "visit", version: "1.0.0-rc-" }] }, "default"));
  await apply("admin", aDataDomain({ ehr: ["elsewhere/ehr"] }));
}, 120_000);
afterAll(async () => {
  await webhook?.stop();
  await api?.stop();
});
beforeEach(async () => {
  hub = await startHub();
  const open = () => connectHub({ url: hub.nats.url }, "test_audit");
  const { metrics } = webhook;
  const deps = { clock: systemClock, random: Math.random, log: silentLog, metrics };
  trail = new AuditTrail({ open, close: closeHub, replicas: 1 }, deps);
  webhook.audit = trail;
});
afterEach(async () => {
  await trail.stop();
  await hub.stop();
});

const records = (): Promise<AuditRecord[]> => readAudit(hub, 0, () => true);

test("who is denied something is on record, with what and by which rule, and not of a dry run", async () => {
  const begun = Date.now();
  expect((await create(as("ada"), claiming("dry"), true)).status).toBe(403);
  expect(await apply("ada", claiming("lis"))).toBe(403);
  await eventually(async () =>
    expect(await records()).toEqual([
      {
        verdict: "Denied",
        by: "Admission",
        at: expect.any(Number) as number,
        count: 1,
        user: { name: "ada", groups: expect.arrayContaining(["authors", "system:authenticated"]) as string[] },
        request: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        operation: "CREATE",
        resource: {
          kind: "Adapter",
          namespace: "default",
          name: "lis",
          uid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
          generation: 1,
        },
        rules: [{ rule: "ownership/system-claim", path: "spec.system" }],
      },
    ]),
  );
  const [record] = await records();
  expect(record?.at).toBeGreaterThanOrEqual(begun);
  expect(await readLineage(hub, 0, () => true)).toEqual([]);
});

test("an exception that is used is on record, with its name and its end, each time for whom", async () => {
  const covering = { resources: [{ kind: "Adapter" as const, name: "lis" }], approvals: undefined };
  const exception = aPolicyException({ ...covering, expiresOn: inDays(30), reviewOn: inDays(7) }, "default");
  expect(await apply("ada", exception)).toBe(201);
  const path = `${pathOf("PolicyException")}/${exception.metadata.name}`;
  const body = { spec: { approvals: [{ approver: "grace" }] } };
  const { status } = await as("grace").request("PATCH", path, { contentType: "application/merge-patch+json", body });
  expect(status).toBe(200);
  await webhook.refresh();
  expect(await apply("ada", claiming("lis"))).toBe(201);
  await eventually(async () =>
    expect(await records()).toMatchObject([
      {
        verdict: "AllowedByException",
        user: { name: "ada" },
        operation: "CREATE",
        resource: { kind: "Adapter", namespace: "default", name: "lis" },
        rules: [
          {
            rule: "ownership/system-claim",
            exception: { namespace: "default", name: "old-lab", until: exception.spec.expiresOn },
          },
        ],
      },
    ]),
  );
});

test("while the hub is away a request is answered as ever, and its record follows", async () => {
  await hub.nats.kill();
  const begun = performance.now();
  expect(await apply("grace", claiming("other"))).toBe(403);
  expect(performance.now() - begun).toBeLessThan(2000);
  await hub.nats.restart();
  await eventually(async () => expect(await records()).toMatchObject([{ user: { name: "grace" }, count: 1 }]), 30_000);
});
