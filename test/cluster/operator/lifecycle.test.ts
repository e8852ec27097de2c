import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Life } from "../../../src/operator/contractversion/life.ts";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import type { ServedObject } from "../../../src/operator/report/write.ts";
import { eventually } from "../../builders/eventually.ts";
import { type TestNats, startNats } from "../../builders/nats.ts";
import { aContractVersion, aPolicyException, aSource, anIntegration } from "../../builders/resources.ts";
import { pathOf } from "../api.ts";
import { applyAll, removeAll, typeOf } from "../served.ts";
import { type Api, startApi } from "../startapi.ts";
import { conditionOf, startOperator } from "./inprocess.ts";

/** RFC 3339, to the second. */
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString().replace(/\.\d+/, "");
const DAY_MS = 86_400_000;
const ehr = aSource("ehr", 2575, {}, "default") as KubeObject;
const versionOf = (lifecycle: object) => aContractVersion({ lifecycle }) as KubeObject;

let api: Api;
let nats: TestNats;
let stop: () => Promise<void>;

beforeAll(async () => {
  api = await startApi();
}, 120_000);
afterAll(() => api?.stop());
beforeEach(async () => {
  nats = await startNats();
  stop = startOperator(api.client, nats.url);
});
afterEach(async () => {
  await removeAll(api.client, [ehr, versionOf({})]);
  await stop();
  await nats.stop();
});

const get = (object: KubeObject) => api.client.get<ServedObject>(typeOf(object), object.metadata);
/** Of the events about its contracts. */
async function notesOf({ metadata }: KubeObject): Promise<string[]> {
  const { body } = await api.controlPlane.client("admin").request("GET", "/apis/events.k8s.io/v1/events");
  const { items } = body as { items: { reason: string; note: string; regarding: { name: string } }[] };
  const own = items.filter(
    ({ reason, regarding }) => regarding.name === metadata.name && reason === "ContractDeprecated",
  );
  return own.map(({ note }) => note);
}
const lifeOf = async (version: KubeObject) => (await get(version)).status as Partial<Life> | undefined;

describe("Who may begin with a deprecated version by an exception", () => {
  test("stands in its status, for the API server's own policy, while the exception is in force", async () => {
    const version = versionOf({ publishedOn: inMs(-DAY_MS), deprecatedOn: inMs(-1000) });
    const exception = aPolicyException(
      {
        rules: ["lifecycle/new-use"],
        resources: [{ kind: "Adapter", name: "lis" }],
        reviewOn: inMs(5_000),
        expiresOn: inMs(6_000),
      },
      "default",
    ) as KubeObject;
    await applyAll(api.client, [version, exception]);
    const exempted = async () => (await get(version)).status?.["exempted"];
    const lis = { kind: "Adapter", namespace: "default", name: "lis" };
    await eventually(async () => expect(await exempted()).toEqual([lis]));
    await eventually(async () => expect(await exempted()).toBeUndefined());
    await removeAll(api.client, [exception]);
  });
});

describe("Who uses a version", () => {
  test("is told by condition and event when it is deprecated, though nobody touches anything", async () => {
    const deprecatedOn = inMs(4_000);
    const version = versionOf({ publishedOn: inMs(-DAY_MS), deprecatedOn, sunsetOn: inMs(29.5 * DAY_MS) });
    const users = [ehr, anIntegration("visits", {}, "default") as KubeObject];
    await applyAll(api.client, [version, ...users]);
    for (const user of users) {
      await eventually(async () =>
        expect(await conditionOf(api.client, user, "UsesDeprecatedContract")).toBe("True ContractDeprecated"),
      );
      await eventually(async () =>
        expect(await notesOf(user)).toEqual([expect.stringContaining("30 days left: visit-v1.0.0 is deprecated")]),
      );
    }
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(deprecatedOn));
    await removeAll(api.client, [version, ...users]);
  });
});

describe("A deprecation that time brings", () => {
  test("leaves in effect what used the version before, also what was changed once, and nothing new", async () => {
    const version = versionOf({ publishedOn: inMs(-DAY_MS), deprecatedOn: inMs(10_000) });
    await applyAll(api.client, [version, ehr, aSource("ehr", 2576, {}, "default") as KubeObject]);
    await eventually(async () => expect(await lifeOf(version)).toMatchObject({ phase: "Active", useCount: 1 }));
    await eventually(async () => expect(await lifeOf(version)).toMatchObject({ phase: "Deprecated" }));
    const late = aSource("late", 2577, {}, "default") as KubeObject;
    // As it would be applied where the webhook is gone.
    await applyAll(api.client, [late]);
    await eventually(async () => expect(await conditionOf(api.client, late, "Ready")).toBe("False PolicyDenied"));
    expect(await conditionOf(api.client, ehr, "Programmed")).toBe("True Programmed");
    expect((await get(ehr)).metadata.generation).toBe(2);
    await eventually(async () => expect(await lifeOf(version)).toMatchObject({ useCount: 2 }));
    expect(await conditionOf(api.client, late, "Ready")).toBe("False PolicyDenied");
    await removeAll(api.client, [late]);
  });
});

describe("A ContractVersion's status", () => {
  test("has phase, uses and days left, also when only time passes, and who began when", async () => {
    const deprecatedOn = inMs(10_000);
    const version = versionOf({ publishedOn: inMs(-DAY_MS), deprecatedOn, sunsetOn: inMs(30.5 * DAY_MS) });
    await applyAll(api.client, [version, ehr]);
    const { uid, creationTimestamp } = (await get(ehr)).metadata;
    const uses = [{ kind: "Adapter", namespace: "default", name: "ehr", uid, since: creationTimestamp }];
    await eventually(async () =>
      expect(await lifeOf(version)).toMatchObject({ phase: "Active", useCount: 1, daysLeft: 31, uses }),
    );
    await eventually(async () => expect(await lifeOf(version)).toMatchObject({ phase: "Deprecated", uses }));
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(deprecatedOn));
    await removeAll(api.client, [ehr]);
    await eventually(async () => expect(await lifeOf(version)).toMatchObject({ useCount: 0, uses: [] }));
  });

  test("is what `kubectl get` shows", async () => {
    const version = versionOf({ publishedOn: inMs(-DAY_MS), deprecatedOn: inMs(-1000), sunsetOn: inMs(1.5 * DAY_MS) });
    await applyAll(api.client, [version, ehr]);
    await eventually(async () => expect(await lifeOf(version)).toMatchObject({ useCount: 1 }));
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    const { body } = await api.controlPlane.client("admin").request("GET", pathOf("ContractVersion"), { accept });
    const { columnDefinitions, rows } = body as { columnDefinitions: { name: string }[]; rows: { cells: unknown[] }[] };
    const shown = Object.fromEntries(columnDefinitions.map(({ name }, i) => [name, rows[0]?.cells[i]]));
    expect(shown).toMatchObject({ Name: "visit-v1.0.0", Phase: "Deprecated", Uses: 1, "Days Left": 2 });
  });
});
