import { type Verdict, type Verdicts, no, unknown, withProgress, yes } from "./conditions.ts";
import { type DeploymentFacts, podsFinding } from "./deployment.ts";
import {
  type Finding,
  type HubState,
  type Missing,
  type PolicyFacts,
  firstOf,
  invalidSpec,
  policyDenied,
  programmed,
  resolvedRefs,
  unlessTrue,
  withheld,
} from "./facts.ts";

export interface AdapterFacts {
  /** Since its deletion: messages that still wait, undefined where nobody can tell. */
  deleting?: { waiting: number | undefined };
  /** What is wrong with the spec itself, and can't pass. */
  invalid: string[];
  /** Undefined: no rule denies it. */
  denied?: PolicyFacts | undefined;
  missing: Missing[];
  hub: HubState;
  /** Whether the hub syncs before it acknowledges; undefined: could not be found out. */
  durable: { durable: true } | { durable: false | undefined; reason: string };
  /** What the API server said to an object that was applied and refused, in our words. */
  refused?: string | undefined;
  /** Why the adapter can't run its present configuration, by its own word. */
  refusedConfig?: string | undefined;
  /** Undefined: not applied yet. */
  deployment?: DeploymentFacts | undefined;
  /** Of a ContractVersion that it uses and that is deprecated. */
  deprecated?: Verdict | undefined;
  /** What `podProblem` says of its pods. */
  podProblem?: string | undefined;
}

/** Every condition of an Adapter. */
export function adapterVerdicts(facts: AdapterFacts): Verdicts {
  const refs = resolvedRefs(facts.missing);
  const hub = programmedWithObjects(facts);
  const found = firstOf(
    draining(facts),
    invalidSpec(facts.invalid),
    policyDenied(facts.denied),
    unlessTrue(hub),
    unlessTrue(refs),
    refusedConfig(facts),
    workload(facts),
  );
  return {
    ...withProgress(found ?? running(facts)),
    ResolvedRefs: refs,
    Programmed: hub,
    Durable: durable(facts),
    ...(facts.deprecated && { UsesDeprecatedContract: facts.deprecated }),
  };
}

const programmedWithObjects = ({ invalid, denied, refused, hub }: AdapterFacts): Verdict =>
  invalidSpec(invalid) ?? withheld(denied) ?? (refused === undefined ? programmed(hub) : no("ObjectsRefused", refused));

function draining({ deleting }: AdapterFacts): Finding {
  if (deleting === undefined) return undefined;
  const { waiting } = deleting;
  const left = waiting === undefined ? "what waits is" : waiting === 1 ? "1 message is" : `${waiting} messages are`;
  return no("Draining", `it is deleted once ${left} delivered, or drainTimeoutSeconds are over`);
}

const refusedConfig = ({ refusedConfig: reason, deployment }: AdapterFacts): Finding =>
  reason === undefined || deployment?.wanted === 0 ? undefined : no("ConfigurationRefused", reason);

const workload = ({ deployment, podProblem }: AdapterFacts): Finding =>
  deployment === undefined ? unknown("Pending", "its pods are not made yet") : podsFinding(deployment, podProblem);

function running({ deployment }: AdapterFacts): Verdict {
  const wanted = deployment?.wanted ?? 0;
  if (wanted === 0) return yes("ScaledToZero", "nothing runs: spec.replicas is 0");
  return yes("Running", wanted === 1 ? "its pod is ready" : `all ${wanted} pods are ready`);
}

function durable({ hub, durable: found }: AdapterFacts): Verdict {
  if (hub.state === "Unavailable") return unknown("HubUnavailable", "NATS does not answer");
  if (found.durable === true) return yes("Durable", "the hub syncs before it acknowledges");
  return found.durable === false ? no("NotSynced", found.reason) : unknown("NotChecked", found.reason);
}
