import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer, KubeClient } from "../../../hack/cluster/client.ts";
import type { Resource } from "../../../src/policy/rule.ts";
import { aContractVersion, aSource, aTarget } from "../../builders/resources.ts";
import { create, messageOf } from "../api.ts";
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
