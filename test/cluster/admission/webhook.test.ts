import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Answer, KubeClient } from "../../../hack/cluster/client.ts";
import { create, messageOf, pathOf } from "../api.ts";
import { eventually } from "../../builders/eventually.ts";
import {
  aContractVersion,
  aDataDomain,
  aSource,
  aTarget,
  anAdapterClass,
  anIntegration,
} from "../../builders/resources.ts";
import type { DataDomain } from "../../../src/api/datadomain.ts";
import type { Resource } from "../../../src/policy/rule.ts";
import { type Api, startApi } from "../startapi.ts";
import { asked, keeperOf, storeOf, Webhook } from "./rig.ts";

let api: Api;
let admin: KubeClient;
let webhook: Webhook;
let port: number;

const namespace = "default";
const atNodes = (nodePort: number) => ({ service: { type: "NodePort", nodePort } });
const never = aSource("never", 0, { emits: [{ contract: "visit", version: "1.0.0-rc-" }] }, namespace);
const withWindow = (schedule: string): DataDomain => ({
  ...aDataDomain({}, "odd"),
  spec: { owner: "odd", changeWindows: [{ schedule, durationMinutes: 1, timeZone: "UTC" }] },
});
const inDefault = <R extends Resource>(resource: R): R => ({
  ...resource,
  metadata: { ...resource.metadata, namespace },
});

beforeAll(async () => {
  api = await startApi();
  admin = api.controlPlane.client("admin");
  webhook = new Webhook(api);
  await webhook.refresh();
  port = await webhook.start(keeperOf(storeOf(api)), { register: true });
  await asked(admin, never);
}, 120_000);

afterAll(async () => {
  await webhook?.stop();
  await api?.stop();
});

async function apply(resource: Resource): Promise<Answer> {
  const answer = await create(admin, resource);
  await webhook.refresh();
  return answer;
}

const itself = ({ kind, metadata }: Resource) => `${pathOf(kind)}/${metadata.name}`;

/** As `kubectl apply --server-side` does. */
const patch = (resource: Resource, spec: object) =>
  admin.request("PATCH", `${itself(resource)}?fieldValidation=Strict`, {
    contentType: "application/merge-patch+json",
    body: spec,
  });

async function remove(resource: Resource): Promise<Answer> {
  const answer = await admin.request("DELETE", itself(resource));
  await webhook.refresh();
  return answer;
}

beforeEach(() => webhook.refresh());

describe("A resource that somebody applies", () => {
  const visit = aContractVersion();
  const ehr = aSource("ehr", 2575, atNodes(30_100), namespace);

  test("is taken without a word where all is well, in the order in which they build on each other", async () => {
    const care = aDataDomain({ "emr-north": ["north/emr"] });
    const clinical = anAdapterClass({ tlsOutsidePodNetwork: true });
    for (const resource of [
      care,
      clinical,
      visit,
      ehr,
      aTarget("lab", {}, namespace),
      anIntegration("visits", {}, namespace),
    ]) {
      const { status, warnings } = await apply(resource);
      expect([resource.metadata.name, status, warnings]).toEqual([resource.metadata.name, 201, []]);
    }
  });

  test("is taken with a warning where what it refers to is not there yet", async () => {
    const { status, warnings } = await apply(anIntegration("early", { to: [{ adapter: "late" }] }, namespace));
    expect([status, warnings]).toEqual([
      201,
      [
        "spec.event.to[0].adapter: Adapter late does not exist in namespace default. Until that changes, this part has no effect (references/unresolved)",
      ],
    ]);
  });

  test("is taken where a domain says who owns what it carries", async () => {
    const registry = aDataDomain({ registry: ["north/registry", "default/persons"] }, "persons");
    const stay = aContractVersion({
      contract: "stay",
      json: undefined,
      fhir: { release: "R4", resources: ["Patient"] },
    });
    const ward = aTarget("ward", { accepts: [{ contract: "stay", version: "1.0.0" }] }, namespace);
    const entities = [
      { entity: "Patient", primary: "registry", onConflict: "Strip" as const, consumers: ["lab"], writePaths: [] },
    ];
    const persons = aTarget(
      "persons",
      { system: "registry", accepts: [{ contract: "stay", version: "1.0.0" }] },
      namespace,
    );
    for (const resource of [{ ...registry, spec: { ...registry.spec, entities } }, stay, ward, persons])
      expect((await apply(resource)).status).toBe(201);
  });

  const refused: { title: string; resource: Resource; message: string }[] = [
    {
      title: "a reference that can never resolve",
      resource: never,
      message: "spec.emits[0].version: there can never be a ContractVersion visit-v1.0.0-rc-: each part",
    },
    {
      title: "a port of the nodes that another adapter has",
      resource: aSource("lis", 2575, atNodes(30_100), namespace),
      message:
        "spec.service.nodePort: node port 30100 is taken by Adapter default/ehr: choose another one, or leave it out for a free one (listen/port-taken)",
    },
    {
      title: "a domain that its other versions do not have",
      resource: aContractVersion({ version: "1.1.0", domain: "billing" }),
      message: "spec.domain: visit-v1.0.0 belongs to the domain care",
    },
    {
      title: "a system that its domain gives to another adapter",
      resource: aSource("emr", 2575, { system: "emr-north" }, namespace),
      message:
        "spec.system: Adapter default/emr may not act as the system emr-north: DataDomain care gives it to Adapter north/emr",
    },
    {
      title: "a system that another domain has",
      resource: aDataDomain({ "emr-north": ["default/emr"] }, "grabbing"),
      message: "spec.systems[0].system: the DataDomains care (care <care@hospital.example>) and grabbing",
    },
    {
      title: "a connection without TLS that its class requires",
      resource: aTarget("plain", { class: "clinical", http: { target: { url: "http://lab.example" } } }, namespace),
      message:
        "spec.http.target.url: lab.example is reached outside the pod network without TLS, and AdapterClass clinical requires it (owner: review board <review@hospital.example>): write an https address, or name a Service as <name>.<namespace>.svc (baseline/tls)",
    },
    {
      title: "an entity of another system",
      resource: aSource("billing", 2575, { emits: [{ contract: "stay", version: "1.0.0" }] }, namespace),
      message:
        "spec.emits[0]: Adapter default/billing, which acts as the system billing, may not emit stay-v1.0.0: it carries Patient",
    },
    {
      title: "a delivery to a system that may not receive the entity",
      resource: anIntegration(
        "stays",
        { from: { contract: "stay", version: "1.0.0" }, to: [{ adapter: "ward" }] },
        namespace,
      ),
      message:
        "spec.event.to[0].adapter: Adapter default/ward acts as the system ward, which is no consumer of Patient",
    },
    {
      title: "a write-back by a way that the domain does not name",
      resource: anIntegration(
        "corrections",
        { from: { contract: "stay", version: "1.0.0" }, to: [{ adapter: "persons" }] },
        namespace,
      ),
      message:
        "spec.event.to[0].adapter: Adapter default/persons acts as the system registry, which owns Patient: what is written back to it goes no way at all",
    },
    {
      title: "a change window that never opens",
      resource: withWindow("0 0 30 2 *"),
      message: 'spec.changeWindows[0].schedule: "0 0 30 2 *" names a day that no year has: it would never open',
    },
    {
      title: "an expression that does not parse",
      resource: anIntegration("broken", { filter: "$count(" }, namespace),
      message: "spec.event.filter: ",
    },
  ];

  test.each(refused)("is refused for $title, in words that tell what to do", async ({ resource, message }) => {
    const answer = await apply(resource);
    expect(answer.status).toBe(403);
    expect(messageOf(answer)).toContain(`admission webhook "validate.fascia.dev" denied the request: ${message}`);
    expect((await admin.request("GET", itself(resource))).status).toBe(404);
  });

  test("is told as causes, for programs", async () => {
    const { body } = await apply(never);
    expect(body).toMatchObject({
      reason: "Forbidden",
      details: { causes: [{ reason: "references/never-resolves", field: "spec.emits[0].version" }] },
    });
  });

  test("is judged in a dry run as otherwise, and nothing is stored", async () => {
    expect((await create(admin, never, true)).status).toBe(403);
    const late = aTarget("late", {}, namespace);
    expect((await create(admin, late, true)).status).toBe(201);
    expect((await admin.request("GET", itself(late))).status).toBe(404);
    const early = await create(admin, anIntegration("dry", { to: [{ adapter: "late" }] }, namespace), true);
    expect(early.warnings).toHaveLength(1);
  });

  test("is judged again when it changes", async () => {
    const other = inDefault(aSource("other", 2576));
    expect((await apply(other)).status).toBe(201);
    const taken = await patch(other, { spec: atNodes(30_100) });
    expect([taken.status, messageOf(taken)]).toEqual([403, expect.stringContaining("(listen/port-taken)")]);
    expect((await patch(other, { spec: atNodes(30_101) })).status).toBe(200);
  });

  test("may leave its name to the API server", async () => {
    const { metadata: _, ...unnamed } = aTarget("any", {}, namespace);
    const answer = await create(admin, { ...unnamed, metadata: { generateName: "any-" } } as { kind: string }, true);
    expect(answer.status).toBe(201);
  });

  test("has its status written without being judged", async () => {
    const { status } = await admin.request("PATCH", `${itself(ehr)}/status`, {
      contentType: "application/merge-patch+json",
      body: { status: { observedGeneration: 1 } },
    });
    expect(status).toBe(200);
  });
});

describe("A domain's change window", () => {
  test("that is closed keeps what is in use as it is, and says when it opens", async () => {
    expect((await apply({ ...withWindow("0 0 29 2 *"), metadata: { name: "slow" } })).status).toBe(201);
    const bed = aContractVersion({ contract: "bed", domain: "slow" });
    const beds = anIntegration("beds", { from: { contract: "bed", version: "1.x" } }, namespace);
    for (const resource of [bed, beds]) expect((await apply(resource)).status).toBe(201);
    const changed = await patch(beds, { spec: { event: { filter: "true" } } });
    expect([changed.status, messageOf(changed)]).toEqual([
      403,
      expect.stringMatching(/spec: what is in use in the domain slow .* opens 20\d\d-02-29T00:00:00Z for 1 minutes/),
    ]);
    expect((await patch(beds, { metadata: { labels: { ward: "3" } } })).status).toBe(200);
  });
});

describe("A hostile resource", () => {
  const schema = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [`p${i}`, { type: "string", pattern: `^([a-z]{1,9}){1,9}${i}$` }]),
    );
  const withSchema = (contract: string, json: object) =>
    aContractVersion({ contract, json: { schema: json as never } });

  test("of a megabyte that would take long to compile is refused in time, and others are answered meanwhile", async () => {
    const slow = withSchema("slow", { type: "object", properties: schema(6000), description: "x".repeat(600_000) });
    const begun = performance.now();
    const refused = create(admin, slow, true);
    const others = await Promise.all(
      Array.from({ length: 20 }, () => create(admin, aTarget("meanwhile", {}, namespace), true)),
    );
    expect(others.map(({ status }) => status)).toEqual(others.map(() => 201));
    const answer = await refused;
    expect([answer.status, messageOf(answer)]).toEqual([403, expect.stringContaining("(spec/unusable)")]);
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  test("nested deeper than anything sensible is refused, and the webhook stays up", async () => {
    const nested = Array.from({ length: 1000 }).reduce<object>((inner) => ({ not: inner }), {});
    const answer = await create(admin, withSchema("deep", nested), true);
    expect([answer.status, messageOf(answer)]).toEqual([403, expect.stringContaining("nests deeper than 256 levels")]);
    expect((await create(admin, aTarget("meanwhile", {}, namespace), true)).status).toBe(201);
  });
});

describe("A deletion", () => {
  test("of a ContractVersion in use is done, with a warning that names who uses it", async () => {
    const visit = aContractVersion({ contract: "transfer" });
    await apply(visit);
    await apply(aSource("user", 2600, { emits: [{ contract: "transfer", version: "1.0.0" }] }, namespace));
    const { status, warnings } = await remove(visit);
    expect([status, warnings]).toEqual([
      200,
      ["transfer-v1.0.0 is in use by Adapter default/user: give them another version first (contracts/in-use)"],
    ]);
    expect((await admin.request("GET", itself(visit))).status).toBe(404);
  });

  test("of what nobody uses is done without a word", async () => {
    const unused = aContractVersion({ contract: "unused" });
    await apply(unused);
    expect(await remove(unused)).toMatchObject({ status: 200, warnings: [] });
  });

  test("is completed by taking the finalizer off, though the resource would be refused today", async () => {
    const going = inDefault(aSource("going", 2610));
    going.metadata["finalizers"] = ["fascia.dev/test"];
    expect((await apply(going)).status).toBe(201);
    expect((await remove(going)).status).toBe(200);
    webhook.forget();
    const done = await patch(going, { metadata: { finalizers: null } });
    expect(done.status).toBe(200);
    expect((await admin.request("GET", itself(going))).status).toBe(404);
  });
});

describe("Without an answer from the webhook", () => {
  const order = aContractVersion({ contract: "order" });

  test("because it does not know the resources yet, nothing is created or updated, and deletions are done", async () => {
    await apply(order);
    webhook.forget();
    const answer = await create(admin, aContractVersion({ contract: "later" }), true);
    expect(answer.status).toBe(500);
    expect(messageOf(answer)).toContain('failed calling webhook "validate.fascia.dev"');
    expect((await admin.request("DELETE", itself(order))).status).toBe(200);
  });

  test("because it is down, the same; and all is well once it is back, with the certificate it had", async () => {
    await apply(order);
    await webhook.stop();
    expect((await create(admin, aContractVersion({ contract: "later" }), true)).status).toBe(500);
    expect((await patch(order, { metadata: { labels: { a: "b" } } })).status).toBe(500);
    expect((await admin.request("DELETE", itself(order))).status).toBe(200);

    webhook = new Webhook(api);
    await webhook.refresh();
    await webhook.start(keeperOf(storeOf(api)), { port });
    await eventually(async () => (await create(admin, order, true)).status === 201);
    expect((await create(admin, never, true)).status).toBe(403);
  });
});
