import { FasciaError } from "../base/errors.ts";
import type { KubeClient } from "./kube/client.ts";
import { isConflict, isNotFound } from "./kube/failure.ts";
import type { KubeObject, ObjectName } from "./kube/resource.ts";
import { WORKLOAD_TYPES } from "./workload/types.ts";

/** Texts of a Secret by their keys. */
export type Texts = Readonly<Partial<Record<string, string>>>;

interface Secret extends KubeObject {
  data?: Record<string, string>;
  immutable?: boolean;
}

/**
 * What is in a Secret of the operator's own. Where there is none it is made, immutable, of what `make` gives; of several
 * operators that begin at once the first one's counts. It belongs to nobody, so that it outlives the release. Rejects with
 * FasciaError `KeysUnreadable`, or a KubeError.
 */
export async function madeOnce(
  client: Pick<KubeClient, "get" | "create">,
  secret: Required<ObjectName>,
  make: () => Record<string, string>,
): Promise<Texts> {
  const existing = await read(client, secret);
  if (existing !== undefined) return existing;
  const encoded = Object.entries(make()).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
  try {
    await client.create<Secret>(WORKLOAD_TYPES.Secret, {
      metadata: { ...secret } as Secret["metadata"],
      immutable: true,
      data: Object.fromEntries(encoded),
    });
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
  const stored = await read(client, secret);
  if (stored !== undefined) return stored;
  throw new FasciaError("KeysUnreadable", `Secret ${secret.name} went while it was made: somebody deletes it`);
}

async function read(client: Pick<KubeClient, "get">, secret: ObjectName): Promise<Texts | undefined> {
  try {
    const { data = {} } = await client.get<Secret>(WORKLOAD_TYPES.Secret, secret);
    return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text, "base64").toString()]));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
