import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Resource } from "../../../src/policy/rule.ts";
import { aContractVersion, aSource, aTarget, anIntegration } from "../../builders/resources.ts";
import { eventually } from "../../builders/eventually.ts";
import { create, messageOf, pathOf } from "../api.ts";
import { Helm, type Rendered } from "../helm.ts";
import { objectPath } from "../objects.ts";
import { type Api, startApi } from "../startapi.ts";

/** What the API server refuses by itself: there is no webhook and no operator here, only what an operator wrote before. */

const PAST = "2020-01-01T00:00:00Z";
const LIFE = { publishedOn: PAST, deprecatedOn: "2021-01-01T00:00:00Z" };
const versions = {
  deprecated: aContractVersion({ lifecycle: LIFE, replacedBy: "2.0.0" }),
  active: aContractVersion({ version: "2.0.0" }),
  draft: aContractVersion({ version: "3.0.0", lifecycle: {} }),
  unseen: aContractVersion({ contract: "bed", lifecycle: LIFE }),
};
const existing = aSource("existing", 2575, {}, "default");
const emitting = (version: string) => ({ emits: [{ contract: "visit", version }] });

let api: Api;
let uid: string;

beforeAll(async () => {
  api = await startApi();
  const made = await create(admin(), existing);
  ({ uid } = (made.body as { metadata: { uid: string } }).metadata);
  for (const version of Object.values(versions)) await create(admin(), version);
  await say("visit-v1.0.0", { phase: "Deprecated", uses: [useOf("existing", uid)] });
  await say("visit-v2.0.0", { phase: "Active", uses: [] });
  await say("visit-v3.0.0", { phase: "Draft", uses: [] });
  const helm = await Helm.of(api.controlPlane);
  for (const object of await helm.template("--set", "nats.url=nats://nats:4222"))
    if (object.kind.startsWith("ValidatingAdmissionPolicy")) await apply(object);
  await helm.close();
  // A policy counts a moment after it was made.
  await eventually(async () => (await create(admin(), aSource("probe", 0, {}, "default"), true)).status === 403);
}, 120_000);
afterAll(() => api?.stop());

const admin = () => api.controlPlane.client("admin");
const useOf = (name: string, id: string, since = "2020-06-01T00:00:00Z") => ({
  kind: "Adapter",
  namespace: "default",
  name,
  uid: id,
  since,
});

async function apply(object: Rendered): Promise<void> {
  const path = (await objectPath(admin(), object)) ?? "";
  const query = "fieldManager=test&fieldValidation=Strict&force=true";
  const answer = await admin().request("PATCH", `${path}?${query}`, {
    contentType: "application/apply-patch+yaml",
    body: object,
  });
  expect([200, 201], messageOf(answer)).toContain(answer.status);
}

/** As the operator does. */
async function say(name: string, status: object): Promise<void> {
  const answer = await admin().request("PATCH", `${pathOf("ContractVersion")}/${name}/status`, {
    contentType: "application/merge-patch+json",
    body: { status },
  });
  expect(answer.status, messageOf(answer)).toBe(200);
}

async function refusal(resource: Resource): Promise<string | undefined> {
  const answer = await create(admin(), resource, true);
  return answer.status === 403 ? messageOf(answer) : answer.status === 201 ? undefined : `${answer.status}`;
}
async function patched(spec: object, metadata = {}): Promise<number> {
  const path = `${pathOf("Adapter")}/existing?dryRun=All`;
  const body = { metadata, spec };
  return (await admin().request("PATCH", path, { contentType: "application/merge-patch+json", body })).status;
}

describe("Without webhook and operator", () => {
  const routes = (event: object) => anIntegration("visits", event, "default");

  test.each<[string, Resource]>([
    ["emits it", aSource("ehr", 2576, {}, "default")],
    ["accepts it", aTarget("lab", {}, "default")],
    ["subscribes to it", routes({ from: { contract: "visit", version: "1.0.0" } })],
    [
      "delivers it",
      routes({ from: { contract: "visit", version: "2.x" }, to: [{ adapter: "lab", version: "1.0.0" }] }),
    ],
    [
      "replies in it",
      routes({
        from: { contract: "order", version: "1.x" },
        to: [{ adapter: "lab", reply: { contract: "visit", version: "1.0.0" } }],
      }),
    ],
  ])("a resource that newly %s, though it is deprecated, is refused", async (_, resource) => {
    expect(await refusal(resource)).toContain(
      "visit-v1.0.0 is in the phase Deprecated, and nobody may begin to use it: use visit 2.0.0 (care) (lifecycle/new-use)",
    );
  });

  test.each<[string, Resource]>([
    ["an active one", aSource("ehr", 2576, emitting("2.0.0"), "default")],
    ["one that is not there", aSource("ehr", 2576, emitting("9.9.9"), "default")],
    [
      "one that no operator has looked at",
      aSource("ehr", 2576, { emits: [{ contract: "bed", version: "1.0.0" }] }, "default"),
    ],
    ["a Draft by its owner", aSource("ehr", 2576, { ...emitting("3.0.0"), owner: "care" }, "default")],
    ["a range", routes({})],
  ])("a use of %s is taken", async (_, resource) => {
    expect(await refusal(resource)).toBeUndefined();
  });

  test("a Draft is used by nobody else", async () => {
    expect(await refusal(aSource("ehr", 2576, emitting("3.0.0"), "default"))).toContain("is in the phase Draft");
  });

  test("who uses it already changes as they like, and comes back while on the account since before", async () => {
    expect(await patched({}, { labels: { ward: "3" } })).toBe(200);
    expect(await patched({ mllp: { source: { port: 2577 } } })).toBe(200);
    const away = { contentType: "application/merge-patch+json", body: { spec: emitting("2.0.0") } };
    expect((await admin().request("PATCH", `${pathOf("Adapter")}/existing`, away)).status).toBe(200);
    expect(await patched(emitting("1.0.0"))).toBe(200);
    await say("visit-v1.0.0", { uses: [useOf("existing", uid, "2021-01-01T00:00:00Z")] });
    await eventually(async () => (await patched(emitting("1.0.0"))) === 403);
  });

  test("an exception in force lets pass whom it names", async () => {
    const lis = aSource("lis", 2578, {}, "default");
    await say("visit-v1.0.0", { exempted: [{ kind: "Adapter", namespace: "default", name: "lis" }] });
    await eventually(async () => (await refusal(lis)) === undefined);
    expect(await refusal(aSource("lis-2", 2578, {}, "default"))).toContain("(lifecycle/new-use)");
    await say("visit-v1.0.0", { exempted: [{ kind: "Adapter", namespace: "north", name: "lis" }] });
    await eventually(async () => (await refusal(lis))?.includes("(lifecycle/new-use)") === true);
  });

  test.each(["Sunset", "Retired"])("the phase %s counts as deprecated, a moment after it is written", async (phase) => {
    await say("visit-v2.0.0", { phase });
    const ehr = aSource("ehr", 2576, emitting("2.0.0"), "default");
    await eventually(async () => expect(await refusal(ehr)).toContain(`is in the phase ${phase}`));
  });
});
