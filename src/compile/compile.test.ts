import { expect, it } from "vitest";
import { adapter } from "../api/adapter.ts";
import { compile } from "./compile.ts";

const revision = (spec: object) => {
  const ehr = adapter.parse({
    apiVersion: "fascia.dev/v1alpha1",
    kind: "Adapter",
    metadata: { namespace: "default", name: "ehr" },
    spec: { system: "ehr", owner: "applications", mllp: { source: { port: 2575 } }, ...spec },
  });
  return compile({ contractVersions: [], adapters: [ehr], integrations: [] }).configs[0]?.revision;
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
