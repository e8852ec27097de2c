import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer, KubeClient } from "../../../hack/cluster/client.ts";
import type { Resource } from "../../../src/policy/rule.ts";
import { aContractVersion, aDataDomain, aSource } from "../../builders/resources.ts";
import { create, messageOf, pathOf } from "../api.ts";
import { type Api, startApi } from "../startapi.ts";
import { Webhook, asked, keeperOf, storeOf } from "./rig.ts";

const DAY = 86_400_000;
/** RFC 3339, to the second. */
const inDays = (days: number): string => new Date(Date.now() + days * DAY).toISOString().replace(/\.\d+/, "");
const PAST = inDays(-30);

let api: Api;
let admin: KubeClient;
let webhook: Webhook;

beforeAll(async () => {
  api = await startApi();
  admin = api.controlPlane.client("admin");
  webhook = new Webhook(api);
  await webhook.refresh();
  await webhook.start(keeperOf(storeOf(api)), { register: true });
  await asked(admin, aSource("never", 0, { emits: [{ contract: "visit", version: "1.0.0-rc-" }] }, "default"));
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

async function patch({ kind, metadata }: Resource, spec: object): Promise<Answer> {
  const path = `${pathOf(kind)}/${metadata.name}`;
  const answer = await admin.request("PATCH", path, {
    contentType: "application/merge-patch+json",
    body: { spec },
  });
  await webhook.refresh();
  return answer;
}

const said = (answer: Answer) => [answer.status, answer.status === 200 ? "" : messageOf(answer)];

describe("The life of a ContractVersion", () => {
  const visit = aContractVersion({ lifecycle: {} });

  test("begins as a Draft that may change, and is published as it is", async () => {
    expect((await apply(visit)).status).toBe(201);
    expect((await patch(visit, { json: { schema: { required: ["ward"] } } })).status).toBe(200);
    expect((await patch(visit, { lifecycle: { publishedOn: PAST } })).status).toBe(200);
    expect(said(await patch(visit, { json: { schema: { required: ["bed"] } } }))).toEqual([
      403,
      expect.stringContaining(
        "spec.json: visit-v1.0.0 is published, and json is part of its promise: publish another version (lifecycle/published-changed)",
      ),
    ]);
  });

  test("goes one way", async () => {
    const lifecycle = { publishedOn: PAST, deprecatedOn: inDays(1), sunsetOn: inDays(90) };
    expect((await patch(visit, { lifecycle })).status).toBe(200);
    const refused = [{ publishedOn: null }, { publishedOn: inDays(-1) }, { sunsetOn: inDays(89) }];
    for (const moved of refused)
      expect(said(await patch(visit, { lifecycle: { ...lifecycle, ...moved } }))).toEqual([
        // Without its first instant the order is wrong, too, which the API server finds by itself.
        moved.publishedOn === null ? 422 : 403,
        expect.stringMatching(/instant-moved|needs spec.lifecycle.publishedOn/),
      ]);
    expect((await patch(visit, { lifecycle: { sunsetOn: inDays(120) } })).status).toBe(200);
  });

  test("does not end while it is in use", async () => {
    const ended = { publishedOn: PAST, deprecatedOn: PAST, sunsetOn: PAST };
    const old = aContractVersion({ version: "0.9.0", lifecycle: ended });
    const user = aSource("lis", 2576, { emits: [{ contract: "visit", version: "0.9.0" }] }, "default");
    expect((await apply(user)).status).toBe(201);
    expect((await apply(old)).status).toBe(201);
    expect(said(await patch(old, { lifecycle: { retiredOn: PAST } }))).toEqual([
      403,
      expect.stringContaining("visit-v0.9.0 is in use by Adapter default/lis: have them use another version first"),
    ]);
    expect((await patch(old, { lifecycle: { retiredOn: inDays(1) } })).status).toBe(200);
  });
});

describe("A window", () => {
  const order = aContractVersion({ contract: "order", domain: "orders", lifecycle: { publishedOn: PAST } });
  const domain = aDataDomain({}, "orders");

  test("is as long as the domain promises, from when it is announced, and may become longer", async () => {
    expect((await apply({ ...domain, spec: { ...domain.spec, minDeprecationDays: 90 } })).status).toBe(201);
    expect((await apply(order)).status).toBe(201);
    const lifecycle = { deprecatedOn: inDays(10), sunsetOn: inDays(99) };
    expect(said(await patch(order, { lifecycle }))).toEqual([
      403,
      expect.stringMatching(
        /spec\.lifecycle\.sunsetOn: users have at least 90 days .* DataDomain orders .*window-too-short/,
      ),
    ]);
    expect((await patch(order, { lifecycle: { ...lifecycle, sunsetOn: inDays(101) } })).status).toBe(200);
    expect((await patch(order, { lifecycle: { sunsetOn: inDays(102) } })).status).toBe(200);
  });
});

describe("A deprecated version", () => {
  const deprecated = aContractVersion({
    contract: "bed",
    lifecycle: { publishedOn: PAST, deprecatedOn: inDays(-10), sunsetOn: inDays(30) },
    replacedBy: "2.0.0",
  });
  const emits = [{ contract: "bed", version: "1.0.0" }];
  const existing = aSource("beds", 2580, { emits }, "default");

  /** As the operator does. */
  async function account(uses: object[]): Promise<void> {
    const { status } = await admin.request("PATCH", `${pathOf("ContractVersion")}/bed-v1.0.0/status`, {
      contentType: "application/merge-patch+json",
      body: { status: { phase: "Deprecated", useCount: uses.length, daysLeft: 30, uses } },
    });
    expect(status).toBe(200);
    await webhook.refresh();
  }

  test("is used on by who is on the account since before, who is told for how long", async () => {
    const { body, status } = await apply(existing);
    expect(status).toBe(201);
    expect((await apply(deprecated)).status).toBe(201);
    const { uid } = (body as { metadata: { uid: string } }).metadata;
    await account([{ kind: "Adapter", namespace: "default", name: "beds", uid, since: PAST }]);
    const answer = await patch(existing, { mllp: { source: { port: 2581 } } });
    expect([answer.status, answer.warnings]).toEqual([
      200,
      [
        expect.stringMatching(
          /^spec\.emits\[0\]: bed-v1\.0\.0 is deprecated since .*Z, with 30 days left until its sunset on .*Z: use bed 2\.0\.0 \(owner: care\) \(lifecycle\/existing-use\)$/,
        ),
      ],
    ]);
  });

  test("is used by nobody else, nor by the same one deleted and created again", async () => {
    const other = aSource("wards", 2582, { emits }, "default");
    const refused = [403, expect.stringContaining("and nobody may begin to use it: use bed 2.0.0 (owner: care)")];
    expect(said(await apply(other))).toEqual(refused);
    const path = `${pathOf("Adapter")}/beds`;
    expect((await admin.request("DELETE", path)).status).toBe(200);
    expect(said(await apply(existing))).toEqual(refused);
    expect((await apply(aSource("beds", 2580, {}, "default"))).status).toBe(201);
    expect(said(await patch(existing, { emits }))).toEqual(refused);
  });
});
