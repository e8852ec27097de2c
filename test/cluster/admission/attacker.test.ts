import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Answer, KubeClient } from "../../../hack/cluster/client.ts";
import type { Resource } from "../../../src/policy/rule.ts";
import {
  aContractVersion,
  aDataDomain,
  aPolicyException,
  aSource,
  aTarget,
  anIntegration,
} from "../../builders/resources.ts";
import { create, messageOf, pathOf } from "../api.ts";
import { type Api, startApi } from "../startapi.ts";
import { Webhook, asked, keeperOf, storeOf } from "./rig.ts";

/**
 * `mallory` may write everything of ours in one namespace, `default`, and nothing outside of it; `trudy` is steward of the
 * domain `care`, and may write contracts and domains as far as plain RBAC is concerned.
 */
const IDENTITIES = { admin: ["system:masters"], mallory: [], trudy: [] };
const namespace = "default";
const RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+/, "");

const deprecated = aContractVersion({
  lifecycle: { publishedOn: inDays(-60), deprecatedOn: inDays(-30), sunsetOn: inDays(30) },
});
const route = { from: { contract: "visit", version: "1.0.0" } };
const old = anIntegration("old", route, namespace);

let api: Api;
let admin: KubeClient;
let mallory: KubeClient;
let trudy: KubeClient;
let webhook: Webhook;

beforeAll(async () => {
  api = await startApi({ identities: IDENTITIES });
  admin = api.controlPlane.client("admin");
  mallory = api.controlPlane.client("mallory");
  trudy = api.controlPlane.client("trudy");
  await grant();
  webhook = new Webhook(api);
  await webhook.refresh();
  await webhook.start(keeperOf(storeOf(api)), { register: true });
  await asked(admin, aSource("never", 0, { emits: [{ contract: "visit", version: "1.0.0-rc-" }] }, namespace));
  await setUp();
}, 120_000);

afterAll(async () => {
  await webhook?.stop();
  await api?.stop();
});

beforeEach(() => webhook.refresh());

/** All that an administrator of a namespace has of ours: not the verbs of governance. */
async function grant(): Promise<void> {
  const verbs = ["get", "list", "create", "update", "patch", "delete"];
  const rules = [{ apiGroups: ["fascia.dev"], resources: ["adapters", "integrations", "policyexceptions"], verbs }];
  const apiGroup = "rbac.authorization.k8s.io";
  const metadata = { name: "author" };
  const subjects = [{ kind: "User", apiGroup, name: "mallory" }];
  const roleRef = { apiGroup, kind: "Role", name: "author" };
  await admin.request("POST", `${RBAC}/roles`, { body: { metadata, rules } });
  await admin.request("POST", `${RBAC}/rolebindings`, { body: { metadata, subjects, roleRef } });
  const all = "/apis/rbac.authorization.k8s.io/v1";
  const stewards = [
    { apiGroups: ["fascia.dev"], resources: ["contractversions", "datadomains"], verbs },
    { apiGroups: ["fascia.dev"], resources: ["datadomains"], resourceNames: ["care"], verbs: ["steward"] },
  ];
  await admin.request("POST", `${all}/clusterroles`, { body: { metadata: { name: "care" }, rules: stewards } });
  const bound = {
    subjects: [{ kind: "User", apiGroup, name: "trudy" }],
    roleRef: { apiGroup, kind: "ClusterRole", name: "care" },
  };
  await admin.request("POST", `${all}/clusterrolebindings`, { body: { metadata: { name: "care" }, ...bound } });
}

/** Patients are the EHR's, and nobody receives them but an archive. */
const domain = aDataDomain({ ehr: ["north/ehr"] });
const onConflict = "Reject" as const;
const entities = [{ entity: "Patient", primary: "ehr", onConflict, consumers: ["archive"] }];
const care = { ...domain, spec: { ...domain.spec, entities } };
const carrying = (contract: string, ...resources: string[]) =>
  aContractVersion({ contract, json: undefined, fhir: { release: "R4", resources } });
const CONTRACTS = [
  deprecated,
  carrying("admission", "Patient"),
  carrying("copy", "Patient"),
  carrying("stay", "Encounter"),
];

/**
 * A domain whose EHR is another namespace's, contracts with its data and without, and a deprecated one that nobody uses,
 * as the operator has written.
 */
async function setUp(): Promise<void> {
  for (const resource of [care, ...CONTRACTS]) expect201(await create(admin, resource));
  await patch(admin, deprecated, { status: { phase: "Deprecated", uses: [] } }, "/status");
}

function expect201(answer: Answer): void {
  expect([answer.status, messageOf(answer)]).toEqual([201, expect.anything()]);
}

const refused = (rule: string) => [403, expect.stringContaining(`(${rule})`)];
const told = (answer: Answer): [number, string] => [answer.status, messageOf(answer)];
const patch = (client: KubeClient, resource: Resource, body: object, sub = "") =>
  client.request("PATCH", `${pathOf(resource.kind)}/${resource.metadata.name}${sub}`, {
    contentType: "application/merge-patch+json",
    body,
  });

/** Made by mallory, and deleted but for a finalizer of theirs. */
async function goingAway<R extends Resource>(resource: R): Promise<R> {
  const held = { ...resource, metadata: { ...resource.metadata, finalizers: ["example.com/held"] } };
  expect201(await create(mallory, held));
  const { status } = await mallory.request("DELETE", `${pathOf(resource.kind)}/${resource.metadata.name}`);
  expect(status).toBe(200);
  return resource;
}

describe("Whoever may write one namespace alone", () => {
  test("does not act as a system of others, under whatever name", async () => {
    for (const name of ["ehr", "ehr-2"])
      expect(told(await create(mallory, aSource(name, 2575, { system: "ehr" }, namespace)))).toEqual(
        refused("ownership/system-claim"),
      );
  });

  test("does not come to a system by way of an Adapter that is let pass", async () => {
    const own = aSource("own", 2575, { emits: [{ contract: "order", version: "1.0.0" }] }, namespace);
    expect201(await create(mallory, own));
    expect(told(await patch(mallory, own, { spec: { system: "ehr" } }))).toEqual(refused("ownership/system-claim"));
  });

  test("does not come to a system by deleting an Adapter, holding it, and editing it on its way out", async () => {
    const adapter = await goingAway(
      aSource("held", 2590, { emits: [{ contract: "order", version: "1.0.0" }] }, namespace),
    );
    expect(told(await patch(mallory, adapter, { spec: { system: "ehr" } }))).toEqual(refused("ownership/system-claim"));
    expect((await patch(mallory, adapter, { metadata: { finalizers: null } })).status).toBe(200);
  });

  test("does not approve an exception by deleting it, holding it, and editing it on its way out", async () => {
    const ends = { requestedBy: "mallory", expiresOn: inDays(30), reviewOn: inDays(7) };
    const resources = [{ kind: "Adapter" as const, name: "forged" }];
    const forged = await goingAway(aPolicyException({ ...ends, resources, approvals: undefined }, namespace));
    const approvals = [{ approver: "admin" }];
    expect(told(await patch(mallory, forged, { spec: { approvals } }))).toEqual(refused("exception/approval"));
    expect((await patch(mallory, forged, { metadata: { finalizers: null } })).status).toBe(200);
  });

  test("does not begin to use what is deprecated, by deleting and making it anew or by changing another one", async () => {
    expect(told(await create(mallory, old))).toEqual(refused("lifecycle/new-use"));
    const other = anIntegration("other", { from: { contract: "order", version: "1.x" } }, namespace);
    expect201(await create(mallory, other));
    await webhook.refresh();
    const moved = { spec: { event: { from: { contract: "visit", version: "1.0.0" } } } };
    expect(told(await patch(mallory, other, moved))).toEqual(refused("lifecycle/new-use"));
  });

  describe("does not come to others' data", () => {
    const accepts = (contract: string) => ({ contract, version: "1.0.0" });
    const acting = (name: string, system: string, ...contracts: string[]) =>
      aTarget(name, { system, accepts: contracts.map(accepts) }, namespace);
    const delivering = (name: string, contract: string, to: object) =>
      anIntegration(name, { from: accepts(contract), to: [to] }, namespace);

    test("by a route for an Adapter that comes after it, under whatever name and system", async () => {
      expect201(await create(mallory, delivering("early", "admission", { adapter: "sink" })));
      await webhook.refresh();
      expect(told(await create(mallory, acting("sink", "own", "admission")))).toEqual(refused("ownership/no-consumer"));
      const route = delivering("direct", "admission", { adapter: "known" });
      expect201(await create(mallory, acting("known", "own", "admission")));
      await webhook.refresh();
      expect(told(await create(mallory, route))).toEqual(refused("ownership/no-consumer"));
    });

    test("by a route that is let pass, and an Adapter that accepts more afterwards or acts as another system", async () => {
      const [narrow, wide] = [acting("narrow", "own", "stay"), acting("wide", "archive", "admission")];
      for (const each of [narrow, wide]) expect201(await create(mallory, each));
      await webhook.refresh();
      for (const name of ["narrow", "wide"])
        expect201(await create(mallory, delivering(name, "admission", { adapter: name })));
      await webhook.refresh();
      const more = { spec: { accepts: [accepts("stay"), accepts("admission")] } };
      expect(told(await patch(mallory, narrow, more))).toEqual(refused("ownership/no-consumer"));
      const other = { spec: { system: "own" } };
      expect(told(await patch(mallory, wide, other))).toEqual(refused("ownership/no-consumer"));
    });

    test("by a relay that may receive it and says it again under another contract", async () => {
      expect201(await create(mallory, acting("relay", "archive", "admission")));
      await webhook.refresh();
      const reply = { adapter: "relay", reply: accepts("copy") };
      expect(told(await create(mallory, delivering("relayed", "admission", reply)))).toEqual(
        refused("ownership/foreign-field"),
      );
      expect201(await create(mallory, delivering("archived", "admission", { adapter: "relay" })));
      const again = aSource("again", 2580, { system: "archive", emits: [accepts("copy")] }, namespace);
      expect(told(await create(mallory, again))).toEqual(refused("ownership/foreign-field"));
    });
  });

  test("is not older than they are", async () => {
    const metadata = { ...old.metadata, creationTimestamp: inDays(-90), generation: 1, uid: "1" };
    const aged: Resource = { ...old, metadata };
    expect(told(await create(mallory, aged))).toEqual(refused("lifecycle/new-use"));
  });

  test("does not move the instants of an exception once it is approved, nor bring its approval along", async () => {
    const ends = { requestedBy: "mallory", expiresOn: inDays(3), reviewOn: inDays(2) };
    const asked = aPolicyException({ ...ends, approvals: undefined }, namespace);
    const brief = { ...asked, metadata: { ...asked.metadata, name: "brief" } };
    expect201(await create(mallory, brief));
    expect((await patch(admin, brief, { spec: { approvals: [{ approver: "admin" }] } })).status).toBe(200);
    for (const spec of [{ expiresOn: inDays(60) }, { expiresOn: inDays(60), reviewOn: inDays(50) }])
      expect(told(await patch(mallory, brief, { spec }))).toEqual(refused("exception/changed"));
    await mallory.request("DELETE", `${pathOf("PolicyException")}/brief`);
    const approvals = [{ approver: "admin" }];
    const longer = { ...brief, spec: { ...brief.spec, expiresOn: inDays(60), approvals } };
    expect(told(await create(mallory, longer))).toEqual(refused("exception/approval"));
  });

  test("writes neither status nor what is central", async () => {
    const own = aSource("own", 2575, {}, namespace);
    const ready = { status: { conditions: [] } };
    const instant = { spec: { lifecycle: { sunsetOn: inDays(300) } } };
    for (const answer of [
      await patch(mallory, own, ready, "/status"),
      await patch(mallory, deprecated, { status: { uses: [] } }, "/status"),
      await patch(mallory, deprecated, instant),
      await patch(mallory, aDataDomain(), { spec: { systems: [] } }),
    ])
      expect(told(answer)).toEqual([403, expect.stringContaining('User "mallory" cannot patch resource')]);
  });

  test("has no use for an exception of their own", async () => {
    const ends = { requestedBy: "mallory", expiresOn: inDays(30), reviewOn: inDays(7) };
    const adapter = [{ kind: "Adapter" as const, name: "ehr" }];
    const self = aPolicyException({ ...ends, resources: adapter, approvals: undefined }, namespace);
    expect201(await create(mallory, self));
    const approve = (approver: string) => patch(mallory, self, { spec: { approvals: [{ approver }] } });
    expect((await approve("mallory")).status).toBe(422);
    expect(told(await approve("admin"))).toEqual(refused("exception/approval"));
    await webhook.refresh();
    expect(told(await create(mallory, aSource("ehr", 2575, {}, namespace)))).toEqual(refused("ownership/system-claim"));
  });

  test("does not get round by writing before there are rules: the state is judged again as soon as there are", async () => {
    // Admission could not know; that reconcilers never program such a resource is shown where they are tested.
    const early = aSource("lis", 2577, { emits: [{ contract: "order", version: "1.0.0" }] }, namespace);
    expect201(await create(mallory, early));
    const lab = aDataDomain({ lis: ["north/lis"] }, "lab");
    expect201(await create(admin, lab));
    await webhook.refresh();
    const { status, warnings } = await patch(mallory, early, { metadata: { labels: { ward: "3" } } });
    expect([status, warnings.join("\n")]).toEqual([200, expect.stringContaining("may not act as the system lis")]);
  });
});

describe("Who is no steward of a domain", () => {
  test("does not change it or its contracts by deleting them, while what uses them holds them", async () => {
    const kept = ["fascia.dev/in-use"];
    const owned = aContractVersion({ contract: "kept", lifecycle: { publishedOn: inDays(-60) } });
    const lab = aDataDomain({ pathology: ["north/pathology"] }, "pathology");
    for (const resource of [owned, lab] as Resource[]) {
      const held = { ...resource, metadata: { ...resource.metadata, finalizers: kept } };
      expect201(await create(admin, held));
      expect((await admin.request("DELETE", `${pathOf(resource.kind)}/${resource.metadata.name}`)).status).toBe(200);
    }
    await webhook.refresh();
    const schema = { json: { schema: { required: ["x"] } } };
    expect(told(await patch(admin, owned, { spec: schema }))).toEqual(refused("lifecycle/published-changed"));
    const systems = [{ system: "pathology", adapters: [{ namespace, name: "mine" }] }];
    expect(told(await patch(trudy, lab, { spec: { systems } }))).toEqual(refused("authority/not-steward"));
    for (const resource of [owned, lab]) await patch(admin, resource, { metadata: { finalizers: null } });
  });
});

describe("A steward", () => {
  const moved = (lifecycle: object) => patch(trudy, deprecated, { spec: { lifecycle } });

  test("does not move instants that were reached, and none in two steps that one may not make", async () => {
    for (const lifecycle of [
      { deprecatedOn: inDays(10) },
      { deprecatedOn: null, sunsetOn: null },
      { deprecatedOn: inDays(-45) },
      { publishedOn: inDays(5), deprecatedOn: inDays(10) },
      { publishedOn: null, deprecatedOn: null, sunsetOn: null },
      { sunsetOn: null },
      { sunsetOn: inDays(20) },
    ])
      expect(told(await moved(lifecycle))).toEqual(refused("lifecycle/instant-moved"));
    expect((await moved({ sunsetOn: inDays(90) })).status).toBe(200);
    expect(told(await moved({ sunsetOn: inDays(30) }))).toEqual(refused("lifecycle/instant-moved"));
  });

  test("of one domain takes no contract from another, nor gives one to it", async () => {
    expect201(await create(admin, aDataDomain({}, "billing")));
    const invoice = aContractVersion({ contract: "invoice", domain: "billing" });
    await webhook.refresh();
    expect(told(await create(trudy, invoice))).toEqual(refused("authority/not-steward"));
    expect201(await create(admin, invoice));
    const away = (resource: Resource, to: string) => patch(trudy, resource, { spec: { domain: to } });
    expect(told(await away(invoice, "care"))).toEqual(refused("authority/not-steward"));
    expect(told(await away(deprecated, "billing"))).toEqual(refused("authority/not-steward"));
  });
});
