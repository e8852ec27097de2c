import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer, KubeClient } from "../../../hack/cluster/client.ts";
import type { Resource } from "../../../src/policy/rule.ts";
import { aContractVersion, aSource, aTarget, anAdapterClass } from "../../builders/resources.ts";
import { create, messageOf, pathOf } from "../api.ts";
import { type Api, startApi } from "../startapi.ts";
import { Webhook, asked, keeperOf, storeOf } from "./rig.ts";

const namespace = "default";

let api: Api;
let admin: KubeClient;
let webhook: Webhook;

beforeAll(async () => {
  api = await startApi();
  admin = api.controlPlane.client("admin");
  webhook = new Webhook(api);
  await webhook.refresh();
  await webhook.start(keeperOf(storeOf(api)), { register: true });
  await asked(admin, aSource("never", 0, { emits: [{ contract: "visit", version: "1.0.0-rc-" }] }, namespace));
}, 120_000);

afterAll(async () => {
  await webhook?.stop();
  await api?.stop();
});

/** Stores it, and lets the rules know of it. */
async function apply(resource: Resource): Promise<Answer> {
  const answer = await create(admin, resource);
  await webhook.refresh();
  return answer;
}

/** What is answered to `resource`, of which nothing is stored. */
const tried = async (resource: Resource): Promise<[number, string]> => {
  const answer = await create(admin, resource, true);
  return [answer.status, messageOf(answer)];
};
const refused = (rule: string, path: string) => [403, expect.stringMatching(`${path}: .*\\(${rule}\\)`)];

describe("An Adapter that accepts a version with a field above its clearance", () => {
  const accepts = [{ contract: "bed", version: "1.0.0" }];

  test("is refused where nobody says what it gets, and taken with the clearance", async () => {
    const bed = aContractVersion({ contract: "bed", sensitivity: [{ path: "patient", level: "Restricted" }] });
    expect((await apply(bed)).status).toBe(201);
    expect(await tried(aTarget("lab", { accepts }, namespace))).toEqual(
      refused("sensitivity/not-minimised", "accepts.0."),
    );
    expect((await tried(aTarget("lab", { accepts, clearance: "Restricted" }, namespace)))[0]).toBe(201);
  });
});

describe("A class that the review board has made", () => {
  const clinical = anAdapterClass({
    namePattern: "(ehr|lab)-[a-z]+",
    labels: [{ key: "hospital.example/site", pattern: "north|south" }],
    serviceLevels: ["24x7", "office-hours"],
  });
  const lab = (name: string, site: string, spec: object) => {
    const { metadata, ...rest } = aTarget(name, { class: "clinical", ...unknownContract, ...spec }, namespace);
    return { ...rest, metadata: { ...metadata, labels: { "hospital.example/site": site } } };
  };
  const unknownContract = { accepts: [{ contract: "order", version: "1.0.0" }] };
  const right = lab("lab-orders", "north", { serviceLevel: "24x7" });

  test("is refused with a pattern that could take for ever, or is none", async () => {
    for (const namePattern of ["(a)\\1", "(?=a)a", "a)|(b", "(a{1,50}){1,50}"])
      expect(await tried(anAdapterClass({ namePattern }))).toEqual(
        refused("spec/unusable", "spec.require.namePattern"),
      );
    expect((await apply(clinical)).status).toBe(201);
  });

  test("has Adapters named as it wants", async () => {
    expect(await tried(lab("test", "north", { serviceLevel: "24x7" }))).toEqual(
      refused("baseline/naming", "metadata.name"),
    );
    expect((await apply(right)).status).toBe(201);
  });

  test("has them labelled as it wants, also when they are labelled anew", async () => {
    expect(await tried(lab("lab-orders", "west", { serviceLevel: "24x7" }))).toEqual(
      refused("baseline/naming", "metadata.labels"),
    );
    const path = `${pathOf("Adapter")}/lab-orders`;
    const contentType = "application/merge-patch+json";
    const body = { metadata: { labels: { "hospital.example/site": null } } };
    const answer = await admin.request("PATCH", path, { contentType, body });
    expect([answer.status, messageOf(answer)]).toEqual(refused("baseline/naming", "metadata.labels"));
  });

  test("has them name a service level that there is", async () => {
    for (const spec of [{}, { serviceLevel: "gold" }])
      expect(await tried(lab("lab-results", "north", spec))).toEqual(
        refused("baseline/service-level", "spec.serviceLevel"),
      );
  });
});
