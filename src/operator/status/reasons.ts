/**
 * How far the operator is with a resource. `working`: it goes on by itself. `waiting`: for a resource that somebody has
 * yet to apply. `stalled`: nothing changes until a person does something. `settled`: nothing is left to be done.
 */
export type Progress = "settled" | "working" | "waiting" | "stalled";

interface ReasonInfo {
  progress: Progress;
  /** What it means, and the way out, for docs/kubernetes.md. */
  means: string;
}

/** Every reason that a condition of ours can have. The names are API: people and programs compare them. */
export const REASONS = {
  Running: { progress: "settled", means: "All pods are ready and run on the present spec." },
  ScaledToZero: {
    progress: "settled",
    means: "`spec.replicas` is 0: nothing runs, as wanted. Messages wait in the hub.",
  },
  Subscribed: { progress: "settled", means: "Source and targets have the route." },
  Valid: { progress: "settled", means: "Schema, translations and examples hold." },
  Resolved: { progress: "settled", means: "Every reference leads to something that is there." },
  Programmed: {
    progress: "settled",
    means: "Streams, consumers, configuration and Kubernetes objects are as the spec says.",
  },
  Durable: { progress: "settled", means: "The hub syncs to disk before it acknowledges." },
  Settled: { progress: "settled", means: "Nothing is left to be done, or nothing that the operator could do." },
  NotStalled: { progress: "settled", means: "Nothing needs a person, or only what the other conditions name." },
  Pending: { progress: "working", means: "The operator has not come to it yet." },
  RollingOut: { progress: "working", means: "Pods are being replaced, one by one; the old ones go on meanwhile." },
  PodsNotReady: {
    progress: "working",
    means: "Pods are starting, or have lost the hub or their node. The message says what they wait for.",
  },
  PodsStuck: {
    progress: "stalled",
    means: "Pods have not become ready for ten minutes. Look at what the message names: image, node, Secret, log.",
  },
  HubUnavailable: {
    progress: "working",
    means: "NATS does not answer the operator. Nothing is deleted; it goes on by itself once NATS is back.",
  },
  StoreFull: {
    progress: "stalled",
    means: "NATS has no room for a stream: give it a larger store, or smaller bounds.",
  },
  TopologyConflict: {
    progress: "stalled",
    means: "A stream or consumer is there that can't be changed into what is needed. It is never made anew by itself.",
  },
  ObjectsRefused: {
    progress: "stalled",
    means:
      "The API server refuses an object, e.g. by a quota, another webhook, or because it belongs to somebody else.",
  },
  Invalid: { progress: "stalled", means: "The spec can't work as it stands; the message names field and way out." },
  PolicyDenied: {
    progress: "stalled",
    means:
      "A rule of [policies.md](policies.md) denies it, though it was admitted: two were applied at once, or the webhook was away. Nothing of it takes effect; what was in effect before goes on. The message names field, rule and way out; it is taken up once the rule has nothing against it.",
  },
  ConfigurationRefused: {
    progress: "stalled",
    means:
      "The adapter can't run what the spec says, and goes on with what it ran before, if anything. The message says why.",
  },
  SecretMissing: { progress: "waiting", means: "A Secret, or a key of it, is not there. Taken up once it is." },
  AdapterMissing: { progress: "waiting", means: "An Adapter is not there. Taken up once it is." },
  ContractVersionMissing: { progress: "waiting", means: "A ContractVersion is not there. Taken up once it is." },
  NotSynced: {
    progress: "settled",
    means: "NATS acknowledges before it syncs: power loss loses messages. Set `sync_interval: always`.",
  },
  NotChecked: { progress: "settled", means: "Whether NATS syncs could not be found out; the message says why." },
  Draining: {
    progress: "working",
    means: "It is being deleted, and delivers what waits for at most `drainTimeoutSeconds`.",
  },
  InForce: { progress: "settled", means: "The exception is approved and counts. The message says for how long." },
  AwaitingApproval: {
    progress: "waiting",
    means: "Nobody has approved the exception yet. Counts once somebody has who may, and who did not ask for it.",
  },
  Expired: { progress: "stalled", means: "The exception is over; its rules hold again. Delete it." },
  ContractDeprecated: {
    progress: "settled",
    means:
      "It uses a ContractVersion that is deprecated, has had its sunset or is retired; the message says until when, and what to use instead.",
  },
  InUse: { progress: "working", means: "It is being deleted, and stays until the last resource that uses it is gone." },
} as const satisfies Record<string, ReasonInfo>;

export type Reason = keyof typeof REASONS;
