import { firstLine } from "./facts.ts";

/** The parts of a pod that tell why it does not run (v1 Pod). */
export interface PodFacts {
  metadata: { name: string; deletionTimestamp?: string };
  status?: {
    conditions?: { type: string; status: string; message?: string }[];
    containerStatuses?: {
      ready: boolean;
      image?: string;
      state?: { waiting?: { reason?: string; message?: string } };
      lastState?: { terminated?: { reason?: string; exitCode: number } };
    }[];
  };
}

/** Waiting for these is no problem yet. */
const STARTING = new Set(["ContainerCreating", "PodInitializing"]);

/** The kubelet changes between these two for as long as it tries. */
const PULLING = new Set(["ErrImagePull", "ImagePullBackOff"]);

/** Why the first pod that does not run does not, in our words where there are any; undefined where nothing is known. */
export function podProblem(pods: readonly PodFacts[]): string | undefined {
  for (const { metadata, status } of pods) {
    if (metadata.deletionTimestamp !== undefined) continue;
    const problem = unschedulable(status) ?? failing(status);
    if (problem !== undefined) return `pod ${metadata.name} ${problem}`;
  }
  return undefined;
}

function unschedulable(status: PodFacts["status"]): string | undefined {
  const scheduled = status?.conditions?.find(({ type }) => type === "PodScheduled");
  return scheduled?.status === "False" ? `finds no node: ${firstLine(scheduled.message)}` : undefined;
}

function failing(status: PodFacts["status"]): string | undefined {
  const container = status?.containerStatuses?.find(({ ready }) => !ready);
  const { waiting } = container?.state ?? {};
  const ended = container?.lastState?.terminated;
  if (ended?.reason === "OOMKilled") return "needs more memory than spec.resources.limits.memory gives it";
  if (waiting?.reason === "CrashLoopBackOff")
    return `ends at once (exit code ${ended?.exitCode ?? "unknown"}): see its log`;
  if (waiting?.reason === undefined || STARTING.has(waiting.reason)) return undefined;
  if (PULLING.has(waiting.reason)) return `can't pull image ${container?.image ?? ""}${pullFailure(waiting.message)}`;
  return `does not start: ${waiting.reason}${waiting.message === undefined ? "" : `: ${firstLine(waiting.message)}`}`;
}

/** The same words for both of the kubelet's reasons, or its status would be written again and again. */
function pullFailure(message = ""): string {
  const failure = message.split("ErrImagePull: ").at(-1) ?? "";
  return failure === "" || failure.startsWith("Back-off pulling image") ? "" : `: ${firstLine(failure)}`;
}
