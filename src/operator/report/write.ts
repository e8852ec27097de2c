import { canonicalJson } from "../../base/hash.ts";
import type { KubeClient } from "../kube/client.ts";
import type { EventRecorder } from "../kube/events.ts";
import type { KubeObject, ResourceType } from "../kube/resource.ts";
import { type Condition, type Verdicts, conditionsOf } from "../status/conditions.ts";
import { happeningOf } from "../status/happenings.ts";

/** A resource of ours as the API server has it. */
export interface ServedObject extends KubeObject {
  status?: { conditions?: Condition[]; [field: string]: unknown };
}

/** How what is found out is told: in status, and where something happened, as an event. */
export interface Teller {
  client: Pick<KubeClient, "applyStatus">;
  events: Pick<EventRecorder, "record">;
}

/** Writes what is to be said of `object`, unless its status says so already. */
export async function writeStatus(
  { client, events }: Teller,
  type: ResourceType,
  object: ServedObject,
  verdicts: Verdicts,
  more: Record<string, unknown>,
  now: number,
): Promise<void> {
  const { name, namespace, generation = 0 } = object.metadata;
  const before = object.status?.conditions ?? [];
  const conditions = conditionsOf(verdicts, generation, before, new Date(now).toISOString());
  const status = { observedGeneration: generation, ...more, conditions };
  if (canonicalJson(status) === canonicalJson(object.status)) return;
  const metadata = namespace === undefined ? { name } : { name, namespace };
  await client.applyStatus(type, { metadata, status } as KubeObject);
  const happening = happeningOf(before, conditions);
  if (happening) events.record(type, object, happening);
}
