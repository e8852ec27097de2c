import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { streamNames } from "../../../src/jetstream/streams.ts";
import { isNotFound } from "../../../src/operator/kube/failure.ts";
import { IN_USE } from "../../../src/operator/kube/finalizers.ts";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import type { ServedObject } from "../../../src/operator/report/write.ts";
import { loadManifests } from "../../../src/standalone/manifests.ts";
import { eventually } from "../../builders/eventually.ts";
import { type TestHub, startHub } from "../../builders/starthub.ts";
import { seeded } from "../../builders/random.ts";
import { aContractVersion, aDataDomain, aSource, aTarget, anIntegration } from "../../builders/resources.ts";
import { applyAll, removeAll, typeOf } from "../served.ts";
import { type Api, startApi } from "../startapi.ts";
import { conditionOf, startOperator } from "./inprocess.ts";

/** Deleting what others use, and deleting everything in whatever order. */

const { resources } = await loadManifests("config/samples/hospital");
const HOSPITAL = [...resources.contractVersions, ...resources.adapters, ...resources.integrations] as KubeObject[];

const V1 = aContractVersion() as KubeObject;
const V11 = aContractVersion({ version: "1.1.0" }) as KubeObject;
const ehr = aSource("ehr", 2575, {}, "default") as KubeObject;
const lab = aTarget("lab", {}, "default") as KubeObject;
const admissions = anIntegration("admissions", {}, "default") as KubeObject;
const care = aDataDomain({ ehr: ["default/ehr"] }) as KubeObject;
const twin = aDataDomain({ ehr: ["default/ehr"] }, "twin") as KubeObject;
/** Acts as a system that is another's, as long as the domain says so. */
const stranger = aSource("stranger", 2576, { system: "ehr" }, "default") as KubeObject;
const ALL = [V1, V11, ehr, lab, admissions, stranger, care, twin];

let api: Api;
let hub: TestHub;
let stop: () => Promise<void>;

beforeAll(async () => {
  api = await startApi();
}, 120_000);
afterAll(() => api?.stop());
beforeEach(async () => {
  hub = await startHub();
  stop = startOperator(api.client, hub.nats.url);
});
afterEach(async () => {
  await stop();
  await removeAll(api.client, [...ALL, ...HOSPITAL]);
  await hub.stop();
});

const get = (object: KubeObject) => api.client.get<ServedObject>(typeOf(object), object.metadata);
const remove = (object: KubeObject) => api.client.delete(typeOf(object), object.metadata);
const isGone = (object: KubeObject) => get(object).then(() => false, isNotFound);
const ready = (object: KubeObject) => conditionOf(api.client, object, "Ready");

describe("A ContractVersion that is deleted", () => {
  test("goes at once when nothing uses it", async () => {
    await applyAll(api.client, [V1]);
    await eventually(async () => expect((await get(V1)).metadata.finalizers).toEqual([IN_USE]));
    await remove(V1);
    await eventually(() => isGone(V1));
  });

  test("stays, in effect, while anything uses it, says what does, and goes by itself after the last", async () => {
    await applyAll(api.client, [V1, ehr, lab, admissions]);
    await eventually(async () => expect(await ready(admissions)).toBe("True Subscribed"));
    await remove(V1);
    await eventually(async () => expect(await ready(V1)).toBe("False InUse"));
    const message = async () => (await get(V1)).status?.conditions?.find(({ type }) => type === "Ready")?.message;
    await eventually(async () => expect(await message()).toContain("Adapter default/ehr"));
    expect(await ready(admissions)).toBe("True Subscribed");
    await remove(ehr);
    await remove(lab);
    await eventually(async () => expect(await message()).toContain("Integration default/admissions"));
    expect(await isGone(V1)).toBe(false);
    await remove(admissions);
    await eventually(() => isGone(V1));
  });

  test("stays for a subscription though another version satisfies it, when that is deleted, too", async () => {
    await applyAll(api.client, [V1, V11, lab, admissions]);
    await eventually(async () => expect(await ready(V11)).toBe("True Valid"));
    await remove(V1);
    await remove(V11);
    for (const version of [V1, V11]) await eventually(async () => expect(await ready(version)).toBe("False InUse"));
    await remove(admissions);
    await eventually(() => isGone(V11));
    expect(await isGone(V1)).toBe(false);
    await remove(lab);
    await eventually(() => isGone(V1));
  });

  test("goes with the hub away as well", async () => {
    await applyAll(api.client, [V1, admissions]);
    await eventually(async () => expect((await get(V1)).metadata.finalizers).toEqual([IN_USE]));
    await hub.nats.kill();
    await remove(V1);
    await remove(admissions);
    await eventually(() => isGone(V1));
    await hub.nats.restart();
  });
});

describe("A DataDomain that is deleted", () => {
  test("goes at once when it governs nobody", async () => {
    await applyAll(api.client, [care]);
    await eventually(async () => expect((await get(care)).metadata.finalizers).toEqual([IN_USE]));
    await remove(care);
    await eventually(() => isGone(care));
  });

  test("stays, in effect, while it governs anything, says what, and goes by itself after the last", async () => {
    await applyAll(api.client, [care, V1, ehr]);
    await eventually(async () => expect(await ready(care)).toBe("True Valid"));
    await eventually(async () => expect(await ready(V1)).toBe("True Valid"));
    await remove(care);
    await eventually(async () => expect(await ready(care)).toBe("False InUse"));
    const message = async () => (await get(care)).status?.conditions?.find(({ type }) => type === "Ready")?.message;
    expect(await message()).toBe("deleted once nothing uses it: ContractVersion visit-v1.0.0; Adapter default/ehr");
    await applyAll(api.client, [stranger]);
    await eventually(async () => expect(await ready(stranger)).toBe("False PolicyDenied"));
    await remove(stranger);
    await remove(ehr);
    await remove(V1);
    await eventually(() => isGone(care));
  });

  test("goes where another one claims the same, so that two that overlap are mended", async () => {
    await applyAll(api.client, [care, ehr]);
    await eventually(async () => expect((await get(care)).metadata.finalizers).toEqual([IN_USE]));
    await applyAll(api.client, [twin]);
    await eventually(async () => expect(await ready(twin)).toBe("False PolicyDenied"));
    await eventually(async () => expect((await get(twin)).metadata.finalizers).toEqual([IN_USE]));
    await remove(twin);
    await eventually(() => isGone(twin));
    await remove(care);
    await eventually(async () => expect(await ready(care)).toBe("False InUse"));
  });
});

describe("Everything that is deleted", () => {
  test.each([1, 2, 3])("goes, in whatever order, and the hub holds nothing but the audit (seed %i)", async (seed) => {
    const random = seeded(seed);
    await applyAll(api.client, HOSPITAL);
    for (const integration of resources.integrations as KubeObject[])
      await eventually(async () => expect(await ready(integration)).toBe("True Subscribed"));
    for (const object of HOSPITAL.toSorted(() => random() - 0.5)) await remove(object);
    for (const object of HOSPITAL) await eventually(() => isGone(object));
    await eventually(async () =>
      expect((await streamNames(hub, "")).filter((name) => !name.startsWith("KV_"))).toEqual(["LINEAGE_AUDIT"]),
    );
  });

  test("goes though nobody was there to put a finalizer on, and what comes again meanwhile stays", async () => {
    await applyAll(api.client, ALL);
    await stop();
    await removeAll(api.client, ALL);
    await applyAll(api.client, [V1, ehr]);
    stop = startOperator(api.client, hub.nats.url);
    await eventually(async () =>
      expect((await streamNames(hub, "")).filter((name) => !name.startsWith("KV_"))).toEqual([
        "HUB_care",
        "LINEAGE_AUDIT",
        "LINEAGE_default",
        "QUARANTINE_default",
        "RAW_default_ehr",
      ]),
    );
  });
});
