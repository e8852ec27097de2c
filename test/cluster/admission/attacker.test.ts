import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Answer, KubeClient } from "../../../hack/cluster/client.ts";
import type { Resource } from "../../../src/policy/rule.ts";
import { aContractVersion, aDataDomain, aPolicyException, aSource, anIntegration } from "../../builders/resources.ts";
import { create, messageOf, pathOf } from "../api.ts";
import { type Api, startApi } from "../startapi.ts";
import { Webhook, asked, keeperOf, storeOf } from "./rig.ts";

/** Somebody who may write everything of ours in one namespace, `default`, and nothing outside of it. */
const IDENTITIES = { admin: ["system:masters"], mallory: [] };
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
let webhook: Webhook;

beforeAll(async () => {
  api = await startApi({ identities: IDENTITIES });
  admin = api.controlPlane.client("admin");
  mallory = api.controlPlane.client("mallory");
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
}

/** A domain whose EHR is another namespace's, and a deprecated contract that nobody uses, as the operator has written. */
async function setUp(): Promise<void> {
  for (const resource of [aDataDomain({ ehr: ["north/ehr"] }), deprecated]) expect201(await create(admin, resource));
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

  test("does not begin to use what is deprecated, by deleting and making it anew or by changing another one", async () => {
    expect(told(await create(mallory, old))).toEqual(refused("lifecycle/new-use"));
    const other = anIntegration("other", { from: { contract: "order", version: "1.x" } }, namespace);
    expect201(await create(mallory, other));
    await webhook.refresh();
    const moved = { spec: { event: { from: { contract: "visit", version: "1.0.0" } } } };
    expect(told(await patch(mallory, other, moved))).toEqual(refused("lifecycle/new-use"));
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
