import { describe, expect, it } from "vitest";
import { type KubeObject, keyOf, nameOf, type ObjectMeta, type ResourceType } from "../kube/resource.ts";
import { handCache, hear } from "../../../test/builders/handcache.ts";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import type { Index } from "./store.ts";
import { mapped, own, owned, referred, specChanged, together } from "./watches.ts";

interface Thing extends KubeObject {
  secret?: string;
}

const ADAPTERS: ResourceType = {
  group: "fascia.dev",
  version: "v1alpha1",
  kind: "Adapter",
  plural: "adapters",
  scope: "Namespaced",
};
const VERSIONS: ResourceType = { ...ADAPTERS, kind: "ContractVersion", plural: "contractversions", scope: "Cluster" };

let versions = 0;
const thing = (name: string, secret = "none", more: Partial<ObjectMeta> = {}): Thing => ({
  metadata: { name, namespace: "clinic", uid: name, resourceVersion: `${++versions}`, ...more },
  secret,
});

const cache = (indexes: Record<string, Index<Thing>> = {}) => handCache<Thing>(indexes);

describe("a watch", () => {
  it("of its own kind tells each resource's key, also of what was deleted", () => {
    const adapters = cache();
    const keys = hear(own(adapters.cache));
    adapters.put(thing("ehr"));
    adapters.remove(thing("ehr"));
    expect(keys).toEqual(["clinic/ehr", "clinic/ehr"]);
  });

  it("leaves out updates that are not worth a look", () => {
    const adapters = cache();
    const keys = hear(own(adapters.cache, { when: specChanged }));
    adapters.put(thing("ehr", "", { generation: 1 }));
    adapters.put(thing("ehr", "", { generation: 1 }));
    expect(keys).toHaveLength(1);
    adapters.put(thing("ehr", "", { generation: 2 }));
    expect(keys).toHaveLength(3);
  });

  it("takes any update of a type that has no generation for worth a look", () => {
    const secrets = cache();
    const keys = hear(own(secrets.cache, { when: specChanged }));
    secrets.put(thing("tls"));
    secrets.put(thing("tls"));
    expect(keys).toHaveLength(3);
  });

  it("of what a controller made tells its owner, and no other kind or mere reference", () => {
    const deployments = cache();
    const keys = hear(owned(deployments.cache, ADAPTERS));
    const owner = { apiVersion: "fascia.dev/v1alpha1", kind: "Adapter", name: "ehr", uid: "1", controller: true };
    deployments.put(thing("a", "", { ownerReferences: [owner] }));
    deployments.put(thing("b", "", { ownerReferences: [{ ...owner, controller: false, name: "referred" }] }));
    deployments.put(thing("c", "", { ownerReferences: [{ ...owner, kind: "Integration" }] }));
    deployments.put(thing("d", "", { ownerReferences: [{ ...owner, apiVersion: "other.dev/v1" }] }));
    deployments.put(thing("e"));
    expect(keys).toEqual(["clinic/ehr"]);
  });

  it("names a cluster-scoped owner without namespace", () => {
    const things = cache();
    const keys = hear(owned(things.cache, VERSIONS));
    const owner = {
      apiVersion: "fascia.dev/v1alpha1",
      kind: "ContractVersion",
      name: "patient-v1.0.0",
      uid: "1",
      controller: true,
    };
    things.put(thing("a", "", { ownerReferences: [owner] }));
    expect(keys).toEqual(["patient-v1.0.0"]);
  });

  it("of what is referred to tells who refers to it", () => {
    const adapters = cache({ secret: ({ secret = "" }) => [`clinic/${secret}`] });
    const secrets = cache();
    adapters.put(thing("ehr", "tls"));
    adapters.put(thing("billing", "tls"));
    adapters.put(thing("portal", "other"));
    const keys = hear(referred(secrets.cache, { cache: adapters.cache, index: "secret" }));
    secrets.put(thing("tls"));
    expect(keys).toEqual(["clinic/ehr", "clinic/billing"]);
  });

  it("tells of an update both whom it meant before and whom it means now", () => {
    const things = cache();
    const keys = hear(mapped(things.cache, ({ secret = "" }) => [secret]));
    things.put(thing("a", "before"));
    things.put(thing("a", "after"));
    expect(keys).toEqual(["before", "before", "after"]);
  });

  it("that tells together tells each key once, after a while, and nothing after its end", () => {
    const clock = new ManualClock();
    const things = cache();
    const keys: string[] = [];
    const unsubscribe = together(own(things.cache), 500, clock).subscribe((key) => keys.push(key));
    for (const name of ["a", "b", "a"]) things.put(thing(name));
    clock.advance(499);
    expect(keys).toEqual([]);
    clock.advance(1);
    expect(keys).toEqual(["clinic/a", "clinic/b"]);
    things.put(thing("a"));
    unsubscribe();
    clock.advance(500);
    expect(keys).toHaveLength(2);
  });
});

describe("a key", () => {
  it.each([{ name: "ehr", namespace: "clinic" }, { name: "patient-v1.0.0" }])("names $name in $namespace", (name) => {
    expect(nameOf(keyOf(name))).toEqual(name);
  });
});
