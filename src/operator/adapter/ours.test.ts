import { describe, expect, test } from "vitest";
import { servedAdapter } from "../../../test/builders/workloads.ts";
import { FIELD_MANAGER } from "../kube/client.ts";
import { type WorkloadObject, owned } from "../workload/object.ts";
import { oursHash, wantedHash } from "./ours.ts";

/** `fieldsV1` as an API server writes them: test/cluster/workload.test.ts has real ones of everything that is made. */

const wanted = owned(servedAdapter(), "Deployment", {
  spec: {
    paused: false,
    template: {
      spec: {
        containers: [
          { name: "adapter", args: ["a", "b"], resources: { limits: { cpu: "1000m", memory: "1024Mi" } } },
          { name: "second", args: [] },
        ],
        volumes: [{ name: "files", emptyDir: {} }],
      },
    },
  },
});

const containers = {
  'k:{"name":"adapter"}': {
    ".": {},
    "f:name": {},
    "f:args": {},
    "f:resources": { "f:limits": { "f:cpu": {}, "f:memory": {} } },
  },
  'k:{"name":"second"}': { ".": {}, "f:name": {}, "f:args": {} },
};
const { uid } = wanted.metadata.ownerReferences[0] ?? { uid: "" };
const labels = Object.fromEntries(Object.keys(wanted.metadata.labels).map((name) => [`f:${name}`, {}]));
const fields = {
  "f:metadata": { "f:labels": labels, "f:ownerReferences": { [`k:{"uid":"${uid}"}`]: {} } },
  "f:spec": {
    "f:paused": {},
    "f:template": {
      "f:spec": {
        "f:containers": containers,
        "f:volumes": { 'k:{"name":"files"}': { ".": {}, "f:name": {}, "f:emptyDir": {} } },
      },
    },
  },
};

const applied = { manager: FIELD_MANAGER, operation: "Apply", apiVersion: "apps/v1", fieldsV1: fields };

/** As the API server has it once it was applied, with `changes` made to its only pod. */
function served(managedFields: object[] = [applied], pod: object = {}): WorkloadObject {
  const spec = {
    paused: false,
    strategy: { type: "RollingUpdate" },
    template: {
      spec: {
        containers: [
          { name: "theirs", args: ["x"] },
          { name: "adapter", args: ["a", "b"], tty: true, resources: { limits: { cpu: "1", memory: "1Gi" } } },
          { name: "second", args: [] },
        ],
        volumes: [{ name: "files", emptyDir: {} }],
        ...pod,
      },
    },
  };
  const labelled = { ...wanted.metadata, labels: { ...wanted.metadata.labels, theirs: "yes" } };
  const metadata = { ...labelled, uid: "1", annotations: { revision: "7" }, managedFields };
  return { ...wanted, metadata, spec } as WorkloadObject;
}

describe("What is ours of an object", () => {
  test("is what was applied, whatever others and the API server added, and however it writes amounts", () => {
    expect(oursHash(served())).toBe(wantedHash(wanted));
  });

  test("is not what it was when a field that we own says something else", () => {
    const containers = [{ name: "adapter", args: ["b", "a"] }];
    expect(oursHash(served([applied], { containers }))).not.toBe(wantedHash(wanted));
  });

  test("is less when somebody took a field, or deleted what it stands in", () => {
    const { "f:paused": _, ...rest } = fields["f:spec"];
    const taken = { ...applied, fieldsV1: { ...fields, "f:spec": rest } };
    expect(oursHash(served([taken]))).not.toBe(wantedHash(wanted));
    expect(oursHash(served([applied], { containers: [] }))).not.toBe(wantedHash(wanted));
  });

  test("is more when it was applied once and is not wanted any more", () => {
    const spec = { ...fields["f:spec"], "f:strategy": { "f:type": {} } };
    const more = { ...applied, fieldsV1: { ...fields, "f:spec": spec } };
    expect(oursHash(served([more]))).not.toBe(wantedHash(wanted));
  });

  test("is nothing of what others own, or we own by other means", () => {
    expect(oursHash(served([{ ...applied, manager: "kubectl" }]))).toBeUndefined();
    expect(oursHash(served([{ ...applied, operation: "Update" }]))).toBeUndefined();
    expect(oursHash(served([{ ...applied, subresource: "status" }]))).toBeUndefined();
    expect(oursHash({ metadata: { name: "ehr" } })).toBeUndefined();
  });

  test("can be items of a set", () => {
    const set = { ...applied, fieldsV1: { "f:spec": { "f:finalizers": { ".": {}, 'v:"ours"': {} } } } };
    const of = (finalizers: string[]) =>
      oursHash({
        ...wanted,
        spec: { finalizers },
        metadata: { ...wanted.metadata, managedFields: [set] },
      } as WorkloadObject);
    expect(of(["theirs", "ours"])).toBe(of(["ours"]));
    expect(of(["ours"])).not.toBe(of(["theirs"]));
  });
});

describe("Amounts", () => {
  const of = (cpu: unknown) =>
    wantedHash({ ...wanted, spec: { template: { spec: { containers: [{ resources: { limits: { cpu } } }] } } } });

  test.each([
    ["1000m", 1],
    ["0.5", "500m"],
    ["1536Mi", "1.5Gi"],
    ["2T", 2e12],
  ])("%j and %j are the same", (one, other) => expect(of(one)).toBe(of(other)));

  test.each([
    ["1Gi", "1G"],
    ["1", "1m"],
    ["1x", 1],
  ])("%j and %j are not", (one, other) => expect(of(one)).not.toBe(of(other)));
});
