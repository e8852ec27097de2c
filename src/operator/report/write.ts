import { canonicalJson } from "../../base/hash.ts";
import type { KubeClient } from "../kube/client.ts";
import type { KubeObject, ResourceType } from "../kube/resource.ts";
import { type Condition, type Verdicts, conditionsOf } from "../status/conditions.ts";

/** A resource of ours as the API server has it. */
export interface ServedObject extends KubeObject {
  status?: { conditions?: Condition[]; [field: string]: unknown };
}

/** Writes what is to be said of `object`, unless its status says so already. */
export async function writeStatus(
  client: Pick<KubeClient, "applyStatus">,
  type: ResourceType,
  object: ServedObject,
  verdicts: Verdicts,
  more: Record<string, unknown>,
  now: number,
): Promise<void> {
  const { name, namespace, generation = 0 } = object.metadata;
  const conditions = conditionsOf(verdicts, generation, object.status?.conditions ?? [], new Date(now).toISOString());
  const status = { observedGeneration: generation, ...more, conditions };
  if (canonicalJson(status) === canonicalJson(object.status)) return;
  const metadata = namespace === undefined ? { name } : { name, namespace };
  await client.applyStatus(type, { metadata, status } as KubeObject);
}
