import { expect, it } from "vitest";
import { aContractVersion, aSource } from "../../test/builders/resources.ts";
import { adapter } from "../api/adapter.ts";
import { compile } from "./compile.ts";
import { byKind } from "./resources.ts";

const revision = (spec: object) => {
  const ehr = adapter.parse({
    apiVersion: "fascia.dev/v1alpha1",
    kind: "Adapter",
    metadata: { namespace: "default", name: "ehr" },
    spec: { system: "ehr", owner: "applications", mllp: { source: { port: 2575 } }, ...spec },
  });
  return compile(byKind([ehr])).configs[0]?.revision;
};

it("what concerns only the pods of an adapter is no new configuration of it", () => {
  const workload = {
    replicas: 3,
    resources: { limits: { cpu: 1 } },
    service: { type: "NodePort" },
    pod: { priorityClassName: "clinical" },
    drainTimeoutSeconds: 5,
    deletionPolicy: "Discard",
  };
  expect(revision(workload)).toBe(revision({}));
  expect(revision({ ...workload, clearance: "Public" })).not.toBe(revision({}));
});

it("what of a contract is there for tests and for its next version is no new configuration of who uses it", () => {
  const used = (spec: object) => compile(byKind([aContractVersion(spec), aSource("ehr")])).configs[0]?.revision;
  const examples = [{ name: "admission", payload: {} }];
  expect(used({ examples, compatibility: "Full" })).toBe(used({}));
  expect(used({ description: "a visit" })).not.toBe(used({}));
});

it("an adapter that is being deleted is told so, and keeps its streams and consumers", () => {
  const ehr = aSource("ehr");
  const before = compile(byKind([aContractVersion(), ehr]));
  const deleting = { ...ehr, metadata: { ...ehr.metadata, deletionTimestamp: "2027-01-01T00:00:00Z" } };
  const after = compile(byKind([aContractVersion(), deleting]));
  expect([before.configs[0]?.draining, after.configs[0]?.draining]).toEqual([undefined, true]);
  expect(after.configs[0]?.revision).not.toBe(before.configs[0]?.revision);
  expect([after.streams, after.consumers]).toEqual([before.streams, before.consumers]);
});
