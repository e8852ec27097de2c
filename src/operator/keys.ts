import { FasciaError } from "../base/errors.ts";
import type { KubeClient } from "./kube/client.ts";
import { isConflict, isNotFound } from "./kube/failure.ts";
import type { KubeObject, ObjectName } from "./kube/resource.ts";
import { KEYS_KEY } from "./workload/names.ts";
import { WORKLOAD_TYPES } from "./workload/types.ts";

interface Secret extends KubeObject {
  data?: Record<string, string>;
  immutable?: boolean;
}

/**
 * The installation's keys (the text of `keys.json`) in a Secret of the operator's own. Where there is none it is made,
 * immutable: other keys in place of these would make every patient a new one. Of several operators that begin at once
 * the first one's keys count. Throws FasciaError `KeysUnreadable`, or a KubeError.
 */
export async function installationKeys(
  client: Pick<KubeClient, "get" | "create">,
  secret: Required<ObjectName>,
  make: () => string,
): Promise<string> {
  const existing = await read(client, secret);
  if (existing !== undefined) return existing;
  const data = { [KEYS_KEY]: Buffer.from(make()).toString("base64") };
  try {
    await client.create<Secret>(WORKLOAD_TYPES.Secret, {
      metadata: { ...secret } as Secret["metadata"],
      immutable: true,
      data,
    });
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
  const stored = await read(client, secret);
  if (stored !== undefined) return stored;
  throw new FasciaError("KeysUnreadable", `Secret ${secret.name} went while it was made: somebody deletes it`);
}

async function read(client: Pick<KubeClient, "get">, secret: ObjectName): Promise<string | undefined> {
  try {
    const { data } = await client.get<Secret>(WORKLOAD_TYPES.Secret, secret);
    // Without the key, its reader says that there are no keys in it.
    return Buffer.from(data?.[KEYS_KEY] ?? "", "base64").toString();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
