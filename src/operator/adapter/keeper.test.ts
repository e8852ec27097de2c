import { beforeEach, describe, expect, test } from "vitest";
import { handCache } from "../../../test/builders/handcache.ts";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { servedAdapter } from "../../../test/builders/workloads.ts";
import type { KubeClient } from "../kube/client.ts";
import type { KubeObject, ResourceType } from "../kube/resource.ts";
import { WORKLOAD_TYPES, type WorkloadKind } from "../workload/types.ts";
import { type WorkloadObject, owned } from "../workload/object.ts";
import { Keeper } from "./keeper.ts";
import { withSecrets } from "./found.ts";
import { type Made, type MadeCaches, fingerprintOf } from "./made.ts";
import { wantedHash } from "./ours.ts";

const adapter = servedAdapter();
const service = owned(adapter, "Service", { spec: { type: "ClusterIP" } });
const secret = owned(adapter, "Secret", { name: "fascia-ehr-keys", data: {} });
const MINUTE = 60_000;

const caches = Object.fromEntries(
  Object.keys(WORKLOAD_TYPES).map((kind) => [kind, handCache<Made>()]),
) as unknown as Record<WorkloadKind, ReturnType<typeof handCache<Made>>>;

let clock: ManualClock;
let keeper: Keeper;
/** What was asked of the API server, e.g. `apply Service`. */
let asked: string[];
/** What was told of it, e.g. `DeploymentMade: …`. */
let told: string[];
let refusal: Error | undefined;
let versions = 0;
/** The API server gives another uid to each object that it makes anew. */
let incarnation: number;
const uidOf = (kind: string): string => (incarnation === 1 ? `uid of ${kind}` : `uid of ${kind}, ${incarnation}`);

/** As the API server has it, and the cache hears of it. */
const seen = (object: WorkloadObject): Made => {
  const metadata = { ...object.metadata, uid: uidOf(object.kind), resourceVersion: `${++versions}` };
  return { ...object, metadata, fingerprint: fingerprintOf({ ...object, metadata }), ours: wantedHash(object) };
};

const client = {
  apply: (type: ResourceType, object: KubeObject) => {
    asked.push(`apply ${type.kind}`);
    if (refusal) return Promise.reject(refusal);
    return Promise.resolve({ ...object, metadata: { ...object.metadata, uid: uidOf(type.kind) } });
  },
  delete: (type: ResourceType, _name: object, { uid }: { uid: string }) => {
    asked.push(`delete ${type.kind} ${uid}`);
    return Promise.resolve(true);
  },
} as unknown as KubeClient;

beforeEach(() => {
  clock = new ManualClock();
  asked = [];
  told = [];
  incarnation = 1;
  refusal = undefined;
  for (const kind of Object.keys(WORKLOAD_TYPES) as WorkloadKind[])
    caches[kind].remove(seen({ ...service, kind, metadata: { ...service.metadata } }));
  const read = Object.entries(caches).map(([kind, { cache }]) => [kind, cache]);
  keeper = new Keeper({
    client,
    caches: Object.fromEntries(read) as MadeCaches,
    clock,
    tell: (_adapter, { reason, note }) => told.push(`${reason}: ${note}`),
  });
});

const keep = (...objects: WorkloadObject[]): Promise<number> => keeper.keep(adapter, { objects, absent: [] });

describe("What was made for an Adapter", () => {
  test("is applied once, and not again as long as nobody changes it", async () => {
    await keep(service, secret);
    caches.Service.put(seen(service));
    for (let minute = 0; minute < 9; minute++) {
      clock.advance(MINUTE);
      await keep(service, secret);
    }
    expect(asked).toEqual(["apply Service", "apply Secret"]);
  });

  test("is applied again when it is wanted otherwise, and nothing else is", async () => {
    await keep(service, secret);
    caches.Service.put(seen(service));
    await keep({ ...service, spec: { type: "NodePort" } }, secret);
    expect(asked).toEqual(["apply Service", "apply Secret", "apply Service"]);
  });

  test.each<[string, () => void]>([
    ["changed", () => caches.Service.put(seen({ ...service, spec: { type: "NodePort" } }))],
    [
      "stripped of a label",
      () => caches.Service.put(seen({ ...service, metadata: { ...service.metadata, labels: {} } })),
    ],
    ["deleted", () => caches.Service.remove(seen(service))],
  ])("is applied again when somebody has %s it", async (_what, act) => {
    await keep(service);
    caches.Service.put(seen(service));
    clock.advance(MINUTE);
    await keep(service);
    act();
    await keep(service);
    expect(asked).toEqual(["apply Service", "apply Service"]);
  });

  test("is left alone for a moment after it was applied, for the cache to hear of it, and looked at again", async () => {
    await keep(service);
    expect(await keep(service)).toBe(1000);
    clock.advance(1000);
    await keep(service);
    expect(asked).toEqual(["apply Service", "apply Service"]);
  });

  test("is applied again after ten minutes where it can't be watched", async () => {
    expect(await keep(secret)).toBe(10 * MINUTE);
    clock.advance(4 * MINUTE);
    expect(await keep(secret)).toBe(6 * MINUTE);
    clock.advance(6 * MINUTE);
    await keep(secret);
    expect(asked).toEqual(["apply Secret", "apply Secret"]);
  });

  test("is applied again, where it can't be watched, with anything else that somebody laid hands on", async () => {
    await keep(secret, service);
    caches.Service.put(seen(service));
    clock.advance(MINUTE);
    await keep(secret, service);
    caches.Service.remove(seen(service));
    await keep(secret, service);
    expect(asked).toEqual(["apply Secret", "apply Service", "apply Secret", "apply Service"]);
  });

  test("is applied again after a refusal", async () => {
    refusal = new Error("refused");
    await expect(keep(service)).rejects.toThrow("refused");
    refusal = undefined;
    await keep(service);
    expect(asked).toEqual(["apply Service", "apply Service"]);
  });

  test("is applied again for an Adapter that was gone meanwhile", async () => {
    await keep(secret);
    keeper.forget("clinic/ehr");
    await keep(secret);
    expect(asked).toEqual(["apply Secret", "apply Secret"]);
  });
});

describe("What the cache shows", () => {
  const ref = { kind: "Service", name: "fascia-ehr" } as const;

  test("counts only from when it has what was applied last", async () => {
    expect(keeper.isSeen(adapter, ref)).toBe(false);
    await keep(service);
    expect(keeper.isSeen(adapter, ref)).toBe(false);
    caches.Service.put(seen(service));
    expect(keeper.isSeen(adapter, ref)).toBe(true);
    const edited = { ...service, spec: { type: "NodePort" } };
    await keep(edited);
    expect(keeper.isSeen(adapter, ref)).toBe(false);
    caches.Service.put(seen(edited));
    expect(keeper.isSeen(adapter, ref)).toBe(true);
  });
});

describe("What an operator before this one has made", () => {
  const account = owned(adapter, "ServiceAccount", { automountServiceAccountToken: false });
  const deployment = owned(adapter, "Deployment", { spec: { replicas: 1 } });
  const all = withSecrets([secret], [account, service, deployment]);
  const running = { status: { readyReplicas: 1 } };
  const left = (objects: WorkloadObject[], more: object = running) => {
    for (const object of objects) if (object.kind !== "Secret") caches[object.kind].put({ ...seen(object), ...more });
  };

  test("is not applied again, Secrets included, until ten minutes are over", async () => {
    left(all);
    expect(await keep(...all)).toBe(10 * MINUTE);
    clock.advance(9 * MINUTE);
    await keep(...all);
    expect(asked).toEqual([]);
    expect(keeper.isSeen(adapter, { kind: "Deployment", name: "fascia-ehr" })).toBe(true);
    clock.advance(MINUTE);
    await keep(...all);
    expect(asked).toEqual(["apply Secret"]);
  });

  test("is applied where it is wanted otherwise by now, or was changed, and Secrets with it", async () => {
    left(all);
    caches.Service.put({ ...seen(service), ours: "somebody else's by now" });
    await keep(...all);
    expect(asked).toEqual(["apply Secret", "apply Service"]);
    expect(told).toEqual([]);
  });

  test("is applied where it is gone", async () => {
    left(all);
    caches.Deployment.remove(seen(deployment));
    await keep(...all);
    expect(asked).toEqual(["apply Secret", "apply Deployment"]);
  });

  test("is a Secret to be written again when it is due to say something else", async () => {
    left(all);
    const renewed = withSecrets([{ ...secret, data: { "nats.creds": "bmV3" } }], [account, service, deployment]);
    await keep(...renewed);
    expect(asked).toEqual(["apply Secret", "apply ServiceAccount"]);
  });

  test("is a Secret to be written again while pods do not run: it may be what they lack", async () => {
    left(all, { status: { readyReplicas: 0 } });
    await keep(...all);
    expect(asked).toEqual(["apply Secret"]);
  });

  test("is put right when somebody changes it afterwards", async () => {
    left(all);
    await keep(...all);
    caches.Service.put(seen({ ...service, spec: { type: "NodePort" } }));
    await keep(...all);
    expect(asked).toEqual(["apply Secret", "apply Service"]);
    expect(told).toEqual(["DriftRepaired: Service fascia-ehr was changed by somebody and is as the spec says again"]);
  });

  test("is applied once where it is not known whose it is", async () => {
    left(all, { ...running, ours: undefined });
    await keep(...all);
    expect(asked).toEqual(["apply Secret", "apply ServiceAccount", "apply Service", "apply Deployment"]);
  });
});

describe("What is not wanted any more", () => {
  const remove = () => keeper.keep(adapter, { objects: [], absent: [{ kind: "Service", name: "fascia-ehr" }] });

  test("is deleted where it belongs to the Adapter, and asked of nobody where it is not there", async () => {
    await remove();
    expect(asked).toEqual([]);
    caches.Service.put(seen(service));
    await remove();
    expect(asked).toEqual(["delete Service uid of Service"]);
  });

  test("stays where it belongs to somebody else", async () => {
    caches.Service.put(seen({ ...service, metadata: { ...service.metadata, ownerReferences: [] } }));
    await remove();
    expect(asked).toEqual([]);
  });
});

describe("What is told of it", () => {
  const deployment = owned(adapter, "Deployment", { spec: { replicas: 1 } });

  test("is that a Deployment was made, once, however long the cache does not know of it", async () => {
    await keep(service, deployment);
    clock.advance(2000);
    caches.Deployment.put(seen(deployment));
    await keep(service, deployment);
    expect(told).toEqual(["DeploymentMade: Deployment fascia-ehr is made"]);
  });

  test("is that somebody has changed or deleted an object, and not what we want otherwise ourselves", async () => {
    await keep(service);
    caches.Service.put(seen(service));
    await keep({ ...service, spec: { type: "NodePort" } });
    caches.Service.put(seen(service));
    await keep(service);
    expect(told).toEqual([]);
    clock.advance(2000);
    caches.Service.put(seen({ ...service, spec: { type: "LoadBalancer" } }));
    await keep(service);
    expect(told).toEqual(["DriftRepaired: Service fascia-ehr was changed by somebody and is as the spec says again"]);
    clock.advance(2000);
    caches.Service.remove(seen(service));
    await keep(service);
    expect(told.slice(1)).toEqual([]);
    incarnation = 2;
    clock.advance(2000);
    await keep(service);
    expect(told.slice(1)).toEqual(["DriftRepaired: Service fascia-ehr was deleted by somebody and is made again"]);
  });

  test("is nothing of what was there when the operator began", async () => {
    caches.Deployment.put(seen(deployment));
    await keep(deployment);
    expect(told).toEqual([]);
  });
});
