import { API_VERSION, type Manifest, type Right, type Wrong } from "./case.ts";

const exception = (spec: object): Manifest => ({
  apiVersion: API_VERSION,
  kind: "PolicyException",
  metadata: { name: "old-lab" },
  spec: {
    requestedBy: "ada",
    reason: "the laboratory moves in May",
    rules: ["lifecycle/new-use"],
    resources: [{ kind: "Integration", name: "visits" }],
    expiresOn: "2027-05-01T00:00:00Z",
    reviewOn: "2027-04-01T00:00:00Z",
    ...spec,
  },
});

export const WRONG_POLICY_EXCEPTIONS: Wrong[] = [
  {
    title: "an exception that is looked at when it is over",
    resource: exception({ reviewOn: "2027-05-01T00:00:01Z" }),
    says: "spec.reviewOn must not be after spec.expiresOn",
  },
  {
    title: "an exception that its author approves",
    resource: exception({ approvals: [{ approver: "grace" }, { approver: "ada" }] }),
    says: "who requests an exception can't approve it: spec.approvals must not name spec.requestedBy",
  },
  { title: "an exception from nothing", resource: exception({ rules: [] }), says: "should have at least 1 items" },
];

export const RIGHT_POLICY_EXCEPTIONS: Right[] = [
  { title: "an exception that nobody has approved", resource: exception({}) },
  { title: "an exception that is approved", resource: exception({ approvals: [{ approver: "grace" }] }) },
  {
    title: "an exception that is looked at on its last day, in other words",
    resource: exception({ reviewOn: "2027-05-01T02:00:00+02:00" }),
  },
];
