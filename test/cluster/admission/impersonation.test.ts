import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer, KubeClient } from "../../../hack/cluster/client.ts";
import type { Resource } from "../../../src/policy/rule.ts";
import { aContractVersion, aDataDomain, aSource } from "../../builders/resources.ts";
import { messageOf, pathOf } from "../api.ts";
import { type Api, startApi } from "../startapi.ts";
import { Webhook, asked, keeperOf, storeOf } from "./rig.ts";
import { WRITE, bind, stewardOf } from "./roles.ts";

/** One GitOps tool for all teams, which has no rights but to be the account of each. */
const CONTROLLER = "system:serviceaccount:flux-system:kustomize-controller";
/** Nobody has a token of these. */
const TEAM_A = "system:serviceaccount:team-a:flux";
const TEAM_B = "system:serviceaccount:team-b:flux";

let api: Api;
let webhook: Webhook;

beforeAll(async () => {
  api = await startApi({ identities: { admin: ["system:masters"], [CONTROLLER]: ["system:serviceaccounts"] } });
  const admin: KubeClient = api.controlPlane.client("admin");
  await bind(admin, "writers", [WRITE], [TEAM_A, TEAM_B]);
  const accounts = { apiGroups: [""], resources: ["serviceaccounts"], resourceNames: ["flux"], verbs: ["impersonate"] };
  await bind(admin, "impersonators", [accounts], [CONTROLLER]);
  await bind(admin, "orders-stewards", [stewardOf("orders")], [TEAM_A]);
  await bind(admin, "beds-stewards", [stewardOf("beds")], [TEAM_B]);
  webhook = new Webhook(api);
  await webhook.refresh();
  await webhook.start(keeperOf(storeOf(api)), { register: true });
  await asked(admin, aSource("never", 0, { emits: [{ contract: "visit", version: "1.0.0-rc-" }] }, "default"));
}, 120_000);

afterAll(async () => {
  await webhook?.stop();
  await api?.stop();
});

const told = (answer: Answer): [number, string] => [answer.status, messageOf(answer)];
const refused = (rule: string) => [403, expect.stringContaining(`(${rule})`)];

describe("Of two teams whose accounts one GitOps controller impersonates,", () => {
  const order = aContractVersion({ contract: "order", domain: "orders", lifecycle: {} });
  const bed = aContractVersion({ contract: "bed", domain: "beds", lifecycle: {} });
  const changed = { spec: { description: "something else" } };

  async function sent(impersonate: string | undefined, resource: Resource, changes?: object): Promise<Answer> {
    const contentType = changes ? "application/merge-patch+json" : "application/json";
    const path = `${pathOf(resource.kind)}${changes ? `/${resource.metadata.name}` : ""}`;
    const answer = await api.controlPlane.client(CONTROLLER).request(changes ? "PATCH" : "POST", path, {
      contentType,
      body: changes ?? resource,
      ...(impersonate !== undefined && { impersonate }),
    });
    await webhook.refresh();
    return answer;
  }

  test("each makes and changes what is its own", async () => {
    for (const [team, domain, contract] of [
      [TEAM_A, aDataDomain({}, "orders"), order],
      [TEAM_B, aDataDomain({}, "beds"), bed],
    ] as const) {
      expect(told(await sent(team, domain))[0]).toBe(201);
      expect(told(await sent(team, contract))[0]).toBe(201);
      expect(told(await sent(team, contract, changed))[0]).toBe(200);
    }
  });

  test("neither makes or changes what is the other's, and the refusal names the account that was impersonated", async () => {
    for (const [team, contract, domain] of [
      [TEAM_A, bed, "beds"],
      [TEAM_B, order, "orders"],
    ] as const) {
      const [status, message] = told(await sent(team, contract, { spec: { description: "a third thing" } }));
      expect([status, message]).toEqual(refused("authority/not-steward"));
      expect(message).toContain(team);
      expect(told(await sent(team, aContractVersion({ contract: "more", domain })))).toEqual(
        refused("authority/not-steward"),
      );
      expect(told(await sent(team, aDataDomain({}, domain), { spec: { owner: "us" } }))).toEqual(
        refused("authority/not-steward"),
      );
    }
  });

  test("the controller itself may write nothing, nor be anybody else", async () => {
    const forbidden = [403, expect.stringContaining("cannot")];
    expect(told(await sent(undefined, order, changed))).toEqual(forbidden);
    for (const other of ["admin", "system:serviceaccount:team-a:default"])
      expect(told(await sent(other, order, changed))).toEqual([403, expect.stringContaining("cannot impersonate")]);
  });
});
