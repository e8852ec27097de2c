import type { Adapter } from "./adapter.ts";
import type { Rule } from "./meta.ts";

/** Rules over what of an Adapter concerns its pods. */
export const workloadRules: Rule<Adapter>[] = [
  {
    rule: "!has(self.spec.service) || self.spec.?mllp.?source.hasValue() || self.spec.?http.?source.hasValue()",
    message: "spec.service needs a source that listens: mllp or http",
    fieldPath: ".spec.service",
    holds: ({ spec }) =>
      spec.service === undefined || spec.mllp?.source !== undefined || spec.http?.source !== undefined,
  },
  {
    rule:
      "self.spec.?service.?type.orValue('ClusterIP') != 'ClusterIP' || " +
      "(!self.spec.?service.?nodePort.hasValue() && !self.spec.?service.?externalTrafficPolicy.hasValue())",
    message: "nodePort and externalTrafficPolicy of spec.service need its type NodePort or LoadBalancer",
    fieldPath: ".spec.service",
    holds: ({ spec: { service } }) =>
      service === undefined ||
      service.type !== "ClusterIP" ||
      (service.nodePort === undefined && service.externalTrafficPolicy === undefined),
  },
  {
    rule:
      "!self.spec.?service.?allowedCIDRs.hasValue() || self.spec.service.type == 'ClusterIP' || " +
      "self.spec.?service.?externalTrafficPolicy.orValue('') == 'Local'",
    message:
      "spec.service.allowedCIDRs needs externalTrafficPolicy Local: otherwise a node's address stands in place of the sender's",
    fieldPath: ".spec.service",
    holds: ({ spec: { service } }) =>
      service?.allowedCIDRs === undefined || service.type === "ClusterIP" || service.externalTrafficPolicy === "Local",
  },
  {
    rule: "!has(self.spec.file) || self.spec.replicas <= 1",
    message: "spec.replicas must be at most 1 for an adapter of files: one process at a time may read or write them",
    fieldPath: ".spec.replicas",
    holds: ({ spec }) => spec.file === undefined || spec.replicas <= 1,
  },
];
