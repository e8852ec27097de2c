import { describe, expect, it } from "vitest";
import type { KubeObject } from "../kube/resource.ts";
import { Store } from "./store.ts";

interface Pod extends KubeObject {
  secrets: string[];
}

const pod = (name: string, resourceVersion: string, secrets: string[] = [], uid = `uid-${name}`): Pod => ({
  metadata: { name, namespace: "clinic", uid, resourceVersion },
  secrets,
});

const store = () => new Store<Pod>({ secret: ({ secrets }) => secrets });

describe("a store", () => {
  it("tells what was added, updated with its old state, and deleted", () => {
    const pods = store();
    const [first, second] = [pod("a", "1"), pod("a", "2")];
    expect(pods.put(first)).toEqual([{ type: "added", object: first }]);
    expect(pods.put(second)).toEqual([{ type: "updated", object: second, old: first }]);
    expect(pods.get("clinic/a")).toBe(second);
    expect(pods.remove(pod("a", "3"))).toEqual([{ type: "deleted", old: second }]);
    expect(pods.size).toBe(0);
  });

  it("takes the same version again for nothing new, and the deletion of the unknown for nothing", () => {
    const pods = store();
    pods.put(pod("a", "1"));
    expect(pods.put(pod("a", "1"))).toEqual([]);
    expect(pods.remove(pod("b", "1"))).toEqual([]);
  });

  it("tells of a successor under the same name that its predecessor is gone", () => {
    const pods = store();
    const [before, after] = [pod("a", "1"), pod("a", "5", [], "another")];
    pods.put(before);
    expect(pods.put(after)).toEqual([
      { type: "deleted", old: before },
      { type: "added", object: after },
    ]);
  });

  it("tells after a whole list what was deleted, added and updated meanwhile", () => {
    const pods = store();
    const [a, b, c] = [pod("a", "1"), pod("b", "2"), pod("c", "3")];
    pods.replace([a, b, c]);
    const [newB, d] = [pod("b", "9"), pod("d", "8")];
    expect(pods.replace([newB, c, d])).toEqual([
      { type: "deleted", old: a },
      { type: "updated", object: newB, old: b },
      { type: "added", object: d },
    ]);
    expect(pods.list().map(({ metadata }) => metadata.name)).toEqual(["b", "c", "d"]);
  });

  it("gives the very same list until something was added, updated or deleted", () => {
    const pods = store();
    const names = () => pods.list().map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`);
    expect(names()).toEqual([]);
    pods.put(pod("a", "1"));
    const list = pods.list();
    pods.put(pod("a", "1"));
    pods.remove(pod("b", "1"));
    expect(pods.list()).toBe(list);
    pods.put(pod("a", "2"));
    expect(names()).toEqual(["a 2"]);
    pods.replace([pod("b", "3")]);
    expect(names()).toEqual(["b 3"]);
    pods.remove(pod("b", "3"));
    expect(names()).toEqual([]);
  });

  it("finds by index what refers to something now, and no longer what once did", () => {
    const pods = store();
    const found = (secret: string) => pods.byIndex("secret", secret).map(({ metadata }) => metadata.name);
    pods.put(pod("a", "1", ["tls", "token"]));
    pods.put(pod("b", "2", ["tls"]));
    expect([found("tls"), found("token")]).toEqual([["a", "b"], ["a"]]);
    pods.put(pod("a", "3", ["token"]));
    expect([found("tls"), found("token")]).toEqual([["b"], ["a"]]);
    pods.replace([]);
    expect([found("tls"), found("token")]).toEqual([[], []]);
  });

  it("refuses an index that it does not have", () => {
    expect(() => store().byIndex("colour", "red")).toThrow("no index colour");
  });
});

describe("the spec of a version that differs in status alone", () => {
  const version = (resourceVersion: string, generation: number): KubeObject & { spec: { port: number } } => ({
    metadata: { name: "ehr", uid: "1", resourceVersion, generation },
    spec: { port: 2575 },
  });

  it("is the very one of the version before, and no other version's", () => {
    const things = new Store<ReturnType<typeof version>>();
    const [first, second, third] = [version("1", 1), version("2", 1), version("3", 2)];
    things.put(first);
    things.put(second);
    expect(things.get("ehr")).toEqual(second);
    expect(things.get("ehr")?.spec).toBe(first.spec);
    things.put(third);
    expect(things.get("ehr")?.spec).toBe(third.spec);
  });
});
