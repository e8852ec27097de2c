import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer, KubeClient } from "../../../hack/cluster/client.ts";
import type { Resource } from "../../../src/policy/rule.ts";
import { aContractVersion, aDataDomain, aPolicyException, aSource, anAdapterClass } from "../../builders/resources.ts";
import { create, messageOf, pathOf } from "../api.ts";
import { type Api, startApi } from "../startapi.ts";
import { OURS, WRITE, bind, stewardOf } from "./roles.ts";
import { Webhook, asked, keeperOf, storeOf } from "./rig.ts";

/** Who asks, as the API server knows them by their tokens; what they may is said in `beforeAll` by ordinary RBAC. */
const IDENTITIES = {
  admin: ["system:masters"],
  ada: ["authors"],
  grace: ["board"],
  // What GitOps tools are, one for each team.
  "system:serviceaccount:registration:gitops": ["system:serviceaccounts"],
  "system:serviceaccount:laboratory:gitops": ["system:serviceaccounts"],
};
const REGISTRATION = "system:serviceaccount:registration:gitops";
const LABORATORY = "system:serviceaccount:laboratory:gitops";
const namespace = "default";

let api: Api;
let admin: KubeClient;
let webhook: Webhook;

/** Everybody may write everything of ours, in the one namespace and outside of it; the verbs of our own are for few. */
async function grant(): Promise<void> {
  const approve = { ...OURS, resources: ["policyexceptions"], verbs: ["approve"] };
  const everybody = Object.keys(IDENTITIES).filter((user) => user !== "admin");
  await bind(admin, "writers", [WRITE], everybody);
  await bind(admin, "care-stewards", [stewardOf("care")], [REGISTRATION]);
  await bind(admin, "lab-stewards", [stewardOf("lab")], [LABORATORY]);
  await bind(admin, "board", [approve], ["grace", "ada"], namespace);
  const classes = { ...OURS, resources: ["adapterclasses"] };
  await bind(admin, "class-stewards", [{ ...classes, verbs: ["steward"] }], ["grace"]);
  await bind(admin, "legacy-users", [{ ...classes, resourceNames: ["legacy"], verbs: ["use"] }], [LABORATORY]);
}

beforeAll(async () => {
  api = await startApi({ identities: IDENTITIES });
  admin = api.controlPlane.client("admin");
  await grant();
  webhook = new Webhook(api);
  await webhook.refresh();
  await webhook.start(keeperOf(storeOf(api)), { register: true });
  await asked(admin, aSource("never", 0, { emits: [{ contract: "visit", version: "1.0.0-rc-" }] }, namespace));
}, 120_000);

afterAll(async () => {
  await webhook?.stop();
  await api?.stop();
});

const as = (user: keyof typeof IDENTITIES): KubeClient => api.controlPlane.client(user);

async function apply(user: keyof typeof IDENTITIES, resource: Resource): Promise<Answer> {
  const answer = await create(as(user), resource);
  await webhook.refresh();
  return answer;
}

async function patch(user: keyof typeof IDENTITIES, resource: Resource, changes: object): Promise<Answer> {
  const contentType = "application/merge-patch+json";
  const path = `${pathOf(resource.kind)}/${resource.metadata.name}`;
  const answer = await as(user).request("PATCH", path, { contentType, body: changes });
  await webhook.refresh();
  return answer;
}

const told = (answer: Answer): [number, string] => [answer.status, messageOf(answer)];
const refused = (rule: string) => [403, expect.stringContaining(`(${rule})`)];

describe("Of two teams that sync by GitOps, each as a ServiceAccount of its own,", () => {
  const visit = aContractVersion({ lifecycle: {} });

  test("each declares and changes its own domain and contracts", async () => {
    expect((await apply(REGISTRATION, aDataDomain())).status).toBe(201);
    expect((await apply(LABORATORY, aDataDomain({}, "lab"))).status).toBe(201);
    expect((await apply(REGISTRATION, visit)).status).toBe(201);
    expect((await patch(REGISTRATION, visit, { spec: { description: "a stay" } })).status).toBe(200);
  });

  test("neither changes what is the other's, whatever RBAC lets it write", async () => {
    const changed = { spec: { description: "something else" } };
    expect(told(await patch(LABORATORY, visit, changed))).toEqual(refused("authority/not-steward"));
    expect(told(await patch(LABORATORY, aDataDomain(), { spec: { owner: "lab" } }))).toEqual(
      refused("authority/not-steward"),
    );
    expect(told(await apply(LABORATORY, aContractVersion({ contract: "bed" })))).toEqual(
      refused("authority/not-steward"),
    );
    expect(told(await patch(REGISTRATION, visit, { spec: { domain: "lab" } }))).toEqual(
      refused("authority/not-steward"),
    );
  });

  test("each may label what it may write", async () => {
    expect((await patch(LABORATORY, visit, { metadata: { labels: { ward: "north" } } })).status).toBe(200);
  });
});

describe("A DataDomain that is deleted", () => {
  const remove = (name: string) => as(REGISTRATION).request("DELETE", `${pathOf("DataDomain")}/${name}?dryRun=All`);
  test("is told with the contracts that name it, and goes; one that governs nothing goes in silence", async () => {
    const used = await remove("care");
    expect([used.status, used.warnings.join(" ")]).toEqual([
      200,
      expect.stringMatching(
        /DataDomain care is in use by ContractVersion visit-v1\.0\.0.*\(ownership\/domain-in-use\)/,
      ),
    ]);
    const unused = await remove("lab");
    expect([unused.status, unused.warnings]).toEqual([200, []]);
  });
});

describe("An exception", () => {
  const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+/, "");
  const ends = { expiresOn: inDays(30), reviewOn: inDays(7), approvals: undefined };
  // A contract that is not there yet, about which nothing else is to be said.
  const emits = [{ contract: "order", version: "1.0.0" }];
  const lis = aSource("lis", 2575, { system: "ehr", emits }, namespace);
  const covering = { ...ends, resources: [{ kind: "Adapter" as const, name: "lis" }] };
  const exception = aPolicyException(covering, namespace);
  const approvedBy = (approver: string) => ({ spec: { approvals: [{ approver }] } });

  test("is asked for in one's own name, without an approval, for 90 days at most", async () => {
    expect(told(await apply("grace", exception))).toEqual(refused("exception/requested-by"));
    const approved = aPolicyException({ ...covering, approvals: [{ approver: "grace" }] }, namespace);
    expect(told(await apply("ada", approved))).toEqual(refused("exception/approval"));
    const endless = aPolicyException({ ...covering, expiresOn: inDays(91) }, namespace);
    expect(told(await apply("ada", endless))).toEqual(refused("exception/too-long"));
    expect((await apply("ada", exception)).status).toBe(201);
  });

  test("is from rules that there are, and that can be excepted", async () => {
    const misspelt = aPolicyException({ ...covering, rules: ["ownership/system-claims"] }, namespace);
    expect(told(await apply("ada", misspelt))).toEqual([
      403,
      expect.stringMatching(/spec\.rules\[0\].*there is no rule ownership\/system-claims.*\(exception\/unknown-rule\)/),
    ]);
    const guard = aPolicyException(
      { ...covering, rules: ["ownership/system-claim", "authority/not-steward"] },
      namespace,
    );
    expect(told(await apply("ada", guard))).toEqual([
      403,
      expect.stringMatching(/spec\.rules\[1\].*no exception from authority\/not-steward.*\(exception\/unknown-rule\)/),
    ]);
  });

  test("counts for nothing until it is approved", async () => {
    expect(
      (
        await patch(REGISTRATION, aDataDomain(), {
          spec: { systems: [{ system: "ehr", adapters: [{ namespace: "north", name: "ehr" }] }] },
        })
      ).status,
    ).toBe(200);
    expect(told(await create(as("ada"), lis, true))).toEqual(refused("ownership/system-claim"));
  });

  test("is not approved by its author, who may approve others, nor in another's name, nor by who may not", async () => {
    // The CRD says so by itself, with the webhook gone, too.
    expect(told(await patch("ada", exception, approvedBy("ada")))).toEqual([
      422,
      expect.stringContaining("who requests an exception can't approve it"),
    ]);
    expect(told(await patch("ada", exception, approvedBy("grace")))).toEqual(refused("exception/approval"));
    expect(told(await patch(LABORATORY, exception, approvedBy(LABORATORY)))).toEqual(refused("exception/approval"));
  });

  test("is approved by who may, and lets pass what it names, with a warning that says so", async () => {
    expect((await patch("grace", exception, approvedBy("grace"))).status).toBe(200);
    const { status, warnings } = await create(as("ada"), lis, true);
    expect([status, warnings.join("\n")]).toEqual([
      201,
      expect.stringContaining("let pass by PolicyException default/old-lab"),
    ]);
    const other = aSource("lis-2", 2576, { system: "ehr", emits }, namespace);
    expect(told(await create(as("ada"), other, true))).toEqual(refused("ownership/system-claim"));
  });

  test("that is approved does not become another one", async () => {
    const wider = { spec: { resources: [{ kind: "Adapter", name: "lis-2" }] } };
    expect(told(await patch("ada", exception, wider))).toEqual(refused("exception/changed"));
    expect(told(await patch("grace", exception, { spec: { expiresOn: inDays(60) } }))).toEqual(
      refused("exception/changed"),
    );
  });

  test("about a contract takes the right to approve in all namespaces", async () => {
    const wide = aPolicyException(
      { ...ends, resources: [{ kind: "ContractVersion", name: "visit-v1.0.0" }] },
      namespace,
    );
    const named = { ...wide, metadata: { ...wide.metadata, name: "wide" } };
    expect((await apply("ada", named)).status).toBe(201);
    expect(told(await patch("grace", named, approvedBy("grace")))).toEqual([
      403,
      expect.stringContaining("may not approve exceptions in all namespaces"),
    ]);
  });
});

describe("A class of Adapters", () => {
  const emits = [{ contract: "order", version: "1.0.0" }];
  const legacy = anAdapterClass({}, { restricted: true }, "legacy");
  const clinical = anAdapterClass({ ownerContact: true }, { isDefault: true });
  const ris = (spec: object) => aSource("ris", 2580, { emits, ...spec }, namespace);
  const early = ris({ class: "legacy", owner: "radiology <ris@hospital.example>" });

  test("is made and changed by its stewards", async () => {
    expect(told(await apply("ada", clinical))).toEqual(refused("authority/not-steward"));
    expect((await apply("grace", clinical)).status).toBe(201);
    expect(told(await patch("ada", clinical, { spec: { require: { ownerContact: false } } }))).toEqual(
      refused("authority/not-steward"),
    );
  });

  test("does not let go who names another that is not there yet", async () => {
    expect(told(await create(as("ada"), ris({ class: "legacy" }), true))).toEqual(refused("baseline/owner"));
    expect((await apply("ada", early)).status).toBe(201);
  });

  test("that is restricted is for those with the verb use, also where it was named before it was there", async () => {
    expect((await apply("grace", legacy)).status).toBe(201);
    const named = aSource("pacs", 2581, { emits, class: "legacy" }, namespace);
    expect(told(await create(as("ada"), named, true))).toEqual(refused("authority/class-use"));
    expect((await create(as(LABORATORY), named, true)).status).toBe(201);
    expect(told(await patch("ada", early, { spec: { owner: "radiology" } }))).toEqual(refused("authority/class-use"));
    expect((await patch("ada", early, { metadata: { labels: { ward: "north" } } })).status).toBe(200);
    expect((await patch(LABORATORY, early, { spec: { owner: "radiology" } })).status).toBe(200);
  });

  test("that comes to require more tells its steward whom that concerns", async () => {
    const { status, warnings } = await patch("grace", legacy, { spec: { require: { ownerContact: true } } });
    expect([status, warnings.join(" ")]).toEqual([
      200,
      expect.stringContaining("1 Adapter falls outside the baseline by this: default/ris (baseline/owner)"),
    ]);
  });
});
