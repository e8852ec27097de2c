import { no, unknown } from "./conditions.ts";
import { type Finding, firstLine } from "./facts.ts";

/** Numbers of a Deployment, from its spec and status. */
export interface DeploymentFacts {
  /** Whether its controller has seen the present spec. */
  observed: boolean;
  wanted: number;
  /** Pods of the present template. */
  updated: number;
  ready: number;
  /** All of its pods, those of an earlier template among them. */
  total: number;
  /** It has made no progress for its progressDeadlineSeconds. */
  deadlineExceeded: boolean;
  /** Why pods can't even be made, e.g. for a quota. */
  refused?: string;
}

/** The parts of a Deployment that its status is read from (apps/v1). */
export interface ServedDeployment {
  metadata: { generation?: number };
  spec?: { replicas?: number };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    readyReplicas?: number;
    conditions?: { type: string; status?: string; reason?: string; message?: string }[];
  };
}

export function deploymentFacts({ metadata, spec, status = {} }: ServedDeployment): DeploymentFacts {
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, readyReplicas = 0, conditions = [] } = status;
  const progressing = conditions.find(({ type }) => type === "Progressing");
  const failure = conditions.find(({ type, status: is }) => type === "ReplicaFailure" && is === "True");
  return {
    observed: observedGeneration >= (metadata.generation ?? 0),
    wanted: spec?.replicas ?? 1,
    updated: updatedReplicas,
    ready: readyReplicas,
    total: replicas,
    deadlineExceeded: progressing?.reason === "ProgressDeadlineExceeded",
    ...(failure?.message !== undefined && { refused: firstLine(failure.message) }),
  };
}

/** What keeps pods from being as wanted. `problem` is what `podProblem` says of them. */
export function podsFinding(deployment: DeploymentFacts, problem: string | undefined): Finding {
  const { observed, wanted, updated, ready, total, refused } = deployment;
  const why = problem ?? (refused === undefined ? undefined : `the API server refuses them: ${refused}`);
  const because = why === undefined ? "" : `: ${why}`;
  if (!observed) return unknown("RollingOut", "its Deployment was changed a moment ago");
  if (deployment.deadlineExceeded) return no("PodsStuck", `${ready} of ${wanted} pods are ready${because}`);
  if (updated < wanted || total > updated)
    return unknown("RollingOut", `${updated} of ${wanted} pods are of the present spec, ${ready} ready${because}`);
  return ready < wanted ? no("PodsNotReady", `${ready} of ${wanted} pods are ready${because}`) : undefined;
}
