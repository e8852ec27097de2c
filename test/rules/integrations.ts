import { API_VERSION, type Manifest, type Right, type Wrong } from "./case.ts";

const NO_LOOP =
  "a reply must not become the contract that this Integration subscribes to: it would be answered without end; " +
  "name another contract, or leave `reply` out of from.events or the target out of from.adapters";

const visit = { contract: "visit", version: "1.0.0" };
const integration = (event: object | undefined): Manifest => ({
  apiVersion: API_VERSION,
  kind: "Integration",
  metadata: { name: "visits" },
  spec: {
    owner: "care",
    ...(event && { event: { from: { contract: "visit", version: "^1.0.0" }, to: [{ adapter: "lab" }], ...event } }),
  },
});

export const WRONG_INTEGRATIONS: Wrong[] = [
  {
    title: "a route without pattern",
    resource: integration(undefined),
    says: "spec must have event: the pattern of the route",
  },
  {
    title: "a first delay longer than the longest",
    resource: integration({ to: [{ adapter: "lab", retry: { initialDelaySeconds: 90 } }] }),
    says: "initialDelaySeconds of a retry must not be more than its maxDelaySeconds",
  },
  {
    title: "a reply that is answered without end",
    resource: integration({ to: [{ adapter: "lab", reply: visit }] }),
    says: NO_LOOP,
  },
  {
    title: "a reply that is answered without end although its source is named",
    resource: integration({
      from: { contract: "visit", version: "1.x", adapters: ["lab"] },
      to: [{ adapter: "lab", reply: visit }],
    }),
    says: NO_LOOP,
  },
  {
    title: "a target twice",
    resource: integration({ to: [{ adapter: "lab" }, { adapter: "lab" }] }),
    says: "spec.event.to[1]: Duplicate value",
  },
  {
    title: "a route to nowhere",
    resource: integration({ to: [] }),
    says: "spec.event.to in body should have at least 1 items",
  },
  {
    title: "a range over two majors",
    resource: integration({ from: { contract: "visit", version: ">=1.0.0" } }),
    says: "spec.event.from.version: Invalid value",
  },
  {
    title: "a range around a version that is none",
    resource: integration({ from: { contract: "visit", version: "^1.0.0-01" } }),
    says: "spec.event.from.version: Invalid value",
  },
  {
    title: "no attempt at all",
    resource: integration({ to: [{ adapter: "lab", retry: { attempts: 0 } }] }),
    says: "should be greater than or equal to 1",
  },
];

export const RIGHT_INTEGRATIONS: Right[] = [
  {
    title: "a reply of the same contract whose event is not taken",
    resource: integration({
      from: { contract: "visit", version: "1.0.x", events: ["A01"] },
      to: [{ adapter: "lab", reply: visit }],
    }),
  },
  {
    title: "a reply of the same contract whose source is not taken",
    resource: integration({
      from: { contract: "visit", version: "~1.0.0", adapters: ["ehr"] },
      to: [{ adapter: "lab", reply: visit }],
    }),
  },
  {
    title: "a retry of equal delays",
    resource: integration({ to: [{ adapter: "lab", retry: { initialDelaySeconds: 60 } }] }),
  },
];
