import { ADAPTERS, CONTRACT_VERSIONS, INTEGRATIONS } from "../../../src/operator/kinds.ts";
import type { KubeClient } from "../../../src/operator/kube/client.ts";
import type { ResourceType } from "../../../src/operator/kube/resource.ts";
import type { ServedObject } from "../../../src/operator/report/write.ts";
import { eventually } from "../../builders/eventually.ts";

/** Every version of every resource of ours, one after another, as anybody who watches sees them. */
export interface Lives {
  versions: ServedObject[];
  /** Resolves when everything that was written until now has been seen and judged. */
  caughtUp(): Promise<void>;
  stop(): Promise<void>;
}

/** `judge` is called with each version as soon as it is seen; the next of its kind waits for it. */
export async function watchLives(client: KubeClient, judge: (object: ServedObject) => Promise<void>): Promise<Lives> {
  const versions: ServedObject[] = [];
  const seen = new Map<string, number>();
  const stopping = new AbortController();
  const { signal } = stopping;
  const follow = async (type: ResourceType, resourceVersion: string): Promise<void> => {
    const options = { resourceVersion, timeoutSeconds: 3600, silenceMs: 120_000, signal };
    for await (const event of client.watch(type, options)) {
      if (event.type === "ERROR") throw new Error(`the watch of ${type.kind} ended: ${event.status.message}`);
      if (event.type === "ADDED" || event.type === "MODIFIED") {
        versions.push(event.object);
        await judge(event.object);
      }
      seen.set(type.kind, Number(event.resourceVersion));
    }
  };
  const followed: Promise<void>[] = [];
  const types = [CONTRACT_VERSIONS, ADAPTERS, INTEGRATIONS];
  for (const type of types) {
    const { resourceVersion } = await client.list(type, {});
    seen.set(type.kind, Number(resourceVersion));
    followed.push(follow(type, resourceVersion).catch((error: unknown) => ended(error, signal)));
  }
  return {
    versions,
    caughtUp: async () => {
      for (const type of types) {
        const { items } = await client.list(type, {});
        const last = Math.max(0, ...items.map(({ metadata }) => Number(metadata.resourceVersion)));
        await eventually(() => (seen.get(type.kind) ?? 0) >= last);
      }
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(followed);
    },
  };
}

function ended(error: unknown, signal: AbortSignal): void {
  if (!signal.aborted) throw error;
}
