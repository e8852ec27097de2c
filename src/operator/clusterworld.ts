import { KINDS } from "../api/kinds.ts";
import { type Resource, FIELDS } from "../compile/resources.ts";
import type { World } from "../policy/rule.ts";
import { type Objects, WorldReader } from "./admission/world.ts";
import { typeOf } from "./kinds.ts";
import type { KubeClient } from "./kube/client.ts";
import type { KubeObject, ResourceType } from "./kube/resource.ts";

const PAGE = 500;

/** Every resource of ours that a cluster holds now, with who uses what since when. Rejects with a `KubeError`, also when `signal` aborts. */
export async function readClusterWorld(client: Pick<KubeClient, "list">, signal: AbortSignal): Promise<World> {
  const lists = KINDS.map(async (kind) => [
    FIELDS[kind.kind as Resource["kind"]],
    await all(client, typeOf(kind), signal),
  ]);
  const objects = Object.fromEntries(await Promise.all(lists)) as Objects;
  return new WorldReader().world(objects);
}

async function all(client: Pick<KubeClient, "list">, type: ResourceType, signal: AbortSignal): Promise<KubeObject[]> {
  const objects: KubeObject[] = [];
  let next: string | undefined;
  do {
    const page = await client.list(type, { limit: PAGE, next }, { signal });
    objects.push(...page.items);
    next = page.next;
  } while (next !== undefined);
  return objects;
}
