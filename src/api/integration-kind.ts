import { type Integration, integration, integrationSpec } from "./integration.ts";
import { type KindInfo, LAST_COLUMNS, READY_COLUMNS, type Rule } from "./meta.ts";
import { ownerRule } from "./owner.ts";

const rules: Rule<Integration>[] = [
  ownerRule,
  {
    rule: "has(self.spec.event)",
    message: "spec must have event: the pattern of the route",
    fieldPath: ".spec.event",
    holds: ({ spec }) => spec.event !== undefined,
  },
  {
    rule: "!has(self.spec.event) || self.spec.event.to.all(t, t.retry.initialDelaySeconds <= t.retry.maxDelaySeconds)",
    message: "initialDelaySeconds of a retry must not be more than its maxDelaySeconds",
    fieldPath: ".spec.event.to",
    holds: ({ spec }) =>
      (spec.event?.to ?? []).every(({ retry }) => retry.initialDelaySeconds <= retry.maxDelaySeconds),
  },
  {
    rule:
      "!has(self.spec.event) || self.spec.event.to.all(t, t.?reply.?contract.orValue('') != self.spec.event.from.contract || " +
      "(has(self.spec.event.from.events) && !('reply' in self.spec.event.from.events)) || " +
      "(has(self.spec.event.from.adapters) && !(t.adapter in self.spec.event.from.adapters)))",
    message:
      "a reply must not become the contract that this Integration subscribes to: it would be answered without end; " +
      "name another contract, or leave `reply` out of from.events or the target out of from.adapters",
    fieldPath: ".spec.event.to",
    holds: ({ spec: { event } }) =>
      (event?.to ?? []).every(
        ({ adapter, reply }) =>
          reply?.contract !== event?.from.contract ||
          event?.from.events?.includes("reply") === false ||
          event?.from.adapters?.includes(adapter) === false,
      ),
  },
];

export const integrationKind: KindInfo<Integration> = {
  kind: "Integration",
  description: "A route: which messages of the hub are taken, and to which Adapters they are delivered.",
  plural: "integrations",
  shortNames: ["itg"],
  scope: "Namespaced",
  resource: integration,
  spec: integrationSpec,
  rules,
  printerColumns: [
    ...READY_COLUMNS,
    { name: "Contract", type: "string", jsonPath: ".spec.event.from.contract" },
    { name: "Version", type: "string", jsonPath: ".spec.event.from.version", priority: 1 },
    { name: "Owner", type: "string", jsonPath: ".spec.owner", priority: 1 },
    ...LAST_COLUMNS,
  ],
};
