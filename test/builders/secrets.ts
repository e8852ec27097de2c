import { KubeError } from "../../src/operator/kube/failure.ts";
import type { KubeClient } from "../../src/operator/kube/client.ts";
import { type KubeObject, type ObjectName, type ResourceType, keyOf } from "../../src/operator/kube/resource.ts";

type Client = Pick<KubeClient, "get" | "create" | "apply">;

/** Secrets in memory, by `<namespace>/<name>`, and a client to them. */
export function secretsInMemory(): {
  client: Client;
  secrets: Map<string, KubeObject & { data: Record<string, string> }>;
} {
  const secrets = new Map<string, KubeObject & { data: Record<string, string> }>();
  const put = (object: KubeObject) => {
    secrets.set(keyOf(object.metadata), object as KubeObject & { data: Record<string, string> });
    return Promise.resolve(object);
  };
  const refused = (status: number) => Promise.reject(new KubeError("refused", { status }));
  const client = {
    get: (_type: ResourceType, name: ObjectName) => {
      const found = secrets.get(keyOf(name));
      return found ? Promise.resolve(found) : refused(404);
    },
    create: (_type: ResourceType, object: KubeObject) =>
      secrets.has(keyOf(object.metadata)) ? refused(409) : put(object),
    apply: (_type: ResourceType, object: KubeObject) => put(object),
  };
  return { client: client as unknown as Client, secrets };
}
