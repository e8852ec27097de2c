import { describe, expect, it } from "vitest";
import { type AdapterFacts, adapterVerdicts } from "./adapter.ts";
import type { ConditionType, Verdicts } from "./conditions.ts";
import { type DeploymentFacts, deploymentFacts } from "./deployment.ts";
import { podProblem } from "./pods.ts";

const running: DeploymentFacts = { observed: true, wanted: 2, updated: 2, ready: 2, total: 2, deadlineExceeded: false };
const well: AdapterFacts = {
  invalid: [],
  missing: [],
  hub: { state: "Programmed" },
  durable: { durable: true },
  deployment: running,
};
const secret = {
  kind: "Secret",
  text: "Secret lab-tls is not there",
  path: "spec.http.target.tls.secretName",
} as const;
const contract = {
  kind: "ContractVersion",
  text: "ContractVersion visit-v1.0.0 is not there",
  path: "spec.emits[0]",
} as const;

const shown = (verdicts: Verdicts, type: ConditionType) =>
  `${verdicts[type]?.status} ${verdicts[type]?.reason}: ${verdicts[type]?.message}`;
const ready = (facts: Partial<AdapterFacts>) => shown(adapterVerdicts({ ...well, ...facts }), "Ready");
const pods = (deployment: Partial<DeploymentFacts>) => ({ deployment: { ...running, ...deployment } });

/** As kstatus reads a resource whose observedGeneration is current. */
function kstatus(facts: Partial<AdapterFacts>): string {
  const { Ready, Reconciling, Stalled } = adapterVerdicts({ ...well, ...facts });
  if (Reconciling?.status === "True") return "InProgress";
  if (Stalled?.status === "True") return "Failed";
  return Ready?.status === "True" ? "Current" : "InProgress";
}

const cases: [string, Partial<AdapterFacts>, string, string][] = [
  ["all is well", {}, "True Running: all 2 pods are ready", "Current"],
  [
    "its only pod is ready",
    pods({ wanted: 1, updated: 1, ready: 1, total: 1 }),
    "True Running: its pod is ready",
    "Current",
  ],
  [
    "it is stopped",
    pods({ wanted: 0, updated: 0, ready: 0, total: 0 }),
    "True ScaledToZero: nothing runs: spec.replicas is 0",
    "Current",
  ],
  [
    "its last pod is still to end",
    pods({ wanted: 0, updated: 0, ready: 1, total: 1 }),
    "Unknown RollingOut: 0 of 0 pods are of the present spec, 1 ready",
    "InProgress",
  ],
  [
    "nothing was done yet",
    { hub: { state: "Pending" } },
    "Unknown Pending: the hub is not programmed yet",
    "InProgress",
  ],
  ["its pods were not made yet", { deployment: undefined }, "Unknown Pending: its pods are not made yet", "InProgress"],
  [
    "the Deployment's controller has not looked yet",
    pods({ observed: false }),
    "Unknown RollingOut: its Deployment was changed a moment ago",
    "InProgress",
  ],
  [
    "pods are being replaced",
    pods({ updated: 1, total: 3 }),
    "Unknown RollingOut: 1 of 2 pods are of the present spec, 2 ready",
    "InProgress",
  ],
  [
    "a replaced pod is still to end",
    pods({ total: 3, ready: 3 }),
    "Unknown RollingOut: 2 of 2 pods are of the present spec, 3 ready",
    "InProgress",
  ],
  ["a pod lost the hub", pods({ ready: 1 }), "False PodsNotReady: 1 of 2 pods are ready", "InProgress"],
  [
    "a pod does not start",
    { ...pods({ ready: 0 }), podProblem: "pod a does not start: ImagePullBackOff" },
    "False PodsNotReady: 0 of 2 pods are ready: pod a does not start: ImagePullBackOff",
    "InProgress",
  ],
  [
    "its pods are over a quota",
    pods({ total: 0, updated: 0, ready: 0, refused: "exceeded quota: wards" }),
    "Unknown RollingOut: 0 of 2 pods are of the present spec, 0 ready: the API server refuses them: exceeded quota: wards",
    "InProgress",
  ],
  [
    "pods have not started for long",
    pods({ ready: 0, deadlineExceeded: true }),
    "False PodsStuck: 0 of 2 pods are ready",
    "Failed",
  ],
  [
    "a Secret is missing",
    { missing: [secret] },
    "False SecretMissing: Secret lab-tls is not there (spec.http.target.tls.secretName)",
    "InProgress",
  ],
  [
    "more is missing than anybody reads",
    { missing: [contract, secret, secret, secret] },
    "False ContractVersionMissing: ContractVersion visit-v1.0.0 is not there (spec.emits[0]); " +
      "Secret lab-tls is not there (spec.http.target.tls.secretName); and 2 more",
    "InProgress",
  ],
  [
    "NATS is away",
    { hub: { state: "Unavailable", reason: "no answer from nats://hub:4222" } },
    "False HubUnavailable: NATS does not answer: no answer from nats://hub:4222",
    "InProgress",
  ],
  [
    "a stream can't be changed",
    { hub: { state: "Conflict", reasons: ["RAW_a_b: storage is memory"] } },
    "False TopologyConflict: RAW_a_b: storage is memory",
    "Failed",
  ],
  ["NATS is full", { hub: { state: "Full", reason: "no room" } }, "False StoreFull: no room", "Failed"],
  [
    "the API server refuses its Service",
    { refused: "Service fascia-ehr: nodePort 30100 is taken" },
    "False ObjectsRefused: Service fascia-ehr: nodePort 30100 is taken",
    "Failed",
  ],
  [
    "it can't run what its spec says, although its pods are ready",
    { refusedConfig: "Secret ehr-tls: tls.crt is not a PEM file" },
    "False ConfigurationRefused: Secret ehr-tls: tls.crt is not a PEM file",
    "Failed",
  ],
  [
    "it could not run what its spec says, and is stopped",
    { ...pods({ wanted: 0, updated: 0, ready: 0, total: 0 }), refusedConfig: "no" },
    "True ScaledToZero: nothing runs: spec.replicas is 0",
    "Current",
  ],
  [
    "a rule denies it",
    {
      denied: { reasons: ["spec.system: not yours (ownership/system-claim)"], goesOn: false },
      hub: { state: "Pending" },
    },
    "False PolicyDenied: spec.system: not yours (ownership/system-claim)",
    "Failed",
  ],
  [
    "a rule denies it by now, and it goes on",
    { denied: { reasons: ["spec.system: not yours (ownership/system-claim)"], goesOn: true } },
    "False PolicyDenied: spec.system: not yours (ownership/system-claim)",
    "Failed",
  ],
  [
    "its spec can't work, and nothing else matters",
    { invalid: ["spec.timeZone: no such zone"], missing: [secret], hub: { state: "Pending" } },
    "False Invalid: spec.timeZone: no such zone",
    "Failed",
  ],
  [
    "it is deleted",
    { deleting: { waiting: 12 }, missing: [secret] },
    "False Draining: it is deleted once 12 messages are delivered, or drainTimeoutSeconds are over",
    "InProgress",
  ],
  [
    "it is deleted, and nobody knows what waits",
    { deleting: { waiting: undefined }, hub: { state: "Unavailable", reason: "gone" } },
    "False Draining: it is deleted once what waits is delivered, or drainTimeoutSeconds are over",
    "InProgress",
  ],
];

describe("An Adapter's Ready, in one line, when", () => {
  it.each(cases)("%s", (_title, facts, line) => expect(ready(facts)).toBe(line));
});

describe("kstatus waits, fails or goes on when", () => {
  it.each(cases)("%s", (_title, facts, _line, expected) => expect(kstatus(facts)).toBe(expected));
});

describe("An Adapter's other conditions", () => {
  const all = (facts: Partial<AdapterFacts>) => adapterVerdicts({ ...well, ...facts });

  it("say for themselves what Ready has no room for", () => {
    const verdicts = all({ missing: [secret], hub: { state: "Conflict", reasons: ["a", "b", "c"] } });
    expect(shown(verdicts, "Ready")).toBe("False TopologyConflict: a; b; and 1 more");
    expect(shown(verdicts, "ResolvedRefs")).toContain("False SecretMissing");
    expect(shown(verdicts, "Programmed")).toContain("False TopologyConflict");
    expect(shown(verdicts, "Durable")).toContain("True Durable");
  });

  it("do not claim of a hub that is away what it was before", () => {
    const verdicts = all({ hub: { state: "Unavailable", reason: "gone" } });
    expect([verdicts.Programmed?.status, verdicts.Durable?.status]).toEqual(["Unknown", "Unknown"]);
  });

  it("tell that the hub may lose what it acknowledged, and let messages flow", () => {
    const verdicts = all({ durable: { durable: false, reason: "it syncs every 2 minutes" } });
    expect(shown(verdicts, "Durable")).toBe("False NotSynced: it syncs every 2 minutes");
    expect(verdicts.Ready?.status).toBe("True");
    const unknown = all({ durable: { durable: undefined, reason: "no monitoring address" } });
    expect(shown(unknown, "Durable")).toBe("Unknown NotChecked: no monitoring address");
  });

  it("are of every type, always", () => {
    for (const [, facts] of cases)
      expect(Object.keys(all(facts)).sort()).toEqual(
        ["Durable", "Programmed", "Ready", "Reconciling", "ResolvedRefs", "Stalled"].toSorted(),
      );
  });
});

describe("A Deployment", () => {
  it("is read as its controller writes it", () => {
    const status = {
      observedGeneration: 3,
      replicas: 3,
      updatedReplicas: 1,
      readyReplicas: 2,
      conditions: [
        { type: "Progressing", reason: "ProgressDeadlineExceeded" },
        { type: "ReplicaFailure", status: "True", message: "exceeded quota: wards" },
      ],
    };
    expect(deploymentFacts({ metadata: { generation: 3 }, spec: { replicas: 2 }, status })).toEqual({
      observed: true,
      wanted: 2,
      updated: 1,
      ready: 2,
      total: 3,
      deadlineExceeded: true,
      refused: "exceeded quota: wards",
    });
  });

  it("that nobody has looked at has nothing yet", () => {
    const facts = deploymentFacts({ metadata: { generation: 1 }, spec: { replicas: 0 } });
    expect(facts).toEqual({ observed: false, wanted: 0, updated: 0, ready: 0, total: 0, deadlineExceeded: false });
  });
});

describe("A pod that does not run", () => {
  const pod = (status: object, more: object = {}) => [{ metadata: { name: "a", ...more }, status }];
  const container = (more: object) => ({ containerStatuses: [{ ready: false, ...more }] });

  it.each([
    ["runs", { containerStatuses: [{ ready: true, state: {} }] }, undefined],
    ["is starting", container({ state: { waiting: { reason: "ContainerCreating" } } }), undefined],
    [
      "has no node",
      {
        conditions: [
          { type: "PodScheduled", status: "False", message: "0/3 nodes are available: 3 Insufficient cpu." },
        ],
      },
      "pod a finds no node: 0/3 nodes are available: 3 Insufficient cpu.",
    ],
    [
      "has no image",
      container({ image: "x:1", state: { waiting: { reason: "ErrImagePull", message: "not found\nsecond line" } } }),
      "pod a can't pull image x:1: not found",
    ],
    [
      "still has no image, in the kubelet's other words",
      container({
        image: "x:1",
        state: {
          waiting: { reason: "ImagePullBackOff", message: 'Back-off pulling image "x:1": ErrImagePull: not found' },
        },
      }),
      "pod a can't pull image x:1: not found",
    ],
    [
      "has no image, and nothing more is known",
      container({
        image: "x:1",
        state: { waiting: { reason: "ImagePullBackOff", message: 'Back-off pulling image "x:1"' } },
      }),
      "pod a can't pull image x:1",
    ],
    [
      "may not be made as it is configured",
      container({
        state: { waiting: { reason: "CreateContainerConfigError", message: "image will run as root" } },
      }),
      "pod a does not start: CreateContainerConfigError: image will run as root",
    ],
    [
      "has too little memory",
      container({
        state: { waiting: { reason: "CrashLoopBackOff" } },
        lastState: { terminated: { reason: "OOMKilled", exitCode: 137 } },
      }),
      "pod a needs more memory than spec.resources.limits.memory gives it",
    ],
    [
      "ends at once",
      container({
        state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 5m0s" } },
        lastState: { terminated: { reason: "Error", exitCode: 1 } },
      }),
      "pod a ends at once (exit code 1): see its log",
    ],
  ])("says why: it %s", (_title, status, problem) => expect(podProblem(pod(status))).toBe(problem));

  it("is of no interest when it is to end anyway", () => {
    const status = container({ state: { waiting: { reason: "ErrImagePull" } } });
    expect(podProblem(pod(status, { deletionTimestamp: "2027-01-01T00:00:00Z" }))).toBeUndefined();
  });

  it("says no more than a line", () => {
    const status = container({ state: { waiting: { reason: "Odd", message: "x".repeat(1000) } } });
    expect(podProblem(pod(status))?.length).toBeLessThan(200);
  });
});
