import { FasciaError } from "../base/errors.ts";
import type { KubeClient } from "./kube/client.ts";
import { isConflict } from "./kube/failure.ts";
import type { ObjectName } from "./kube/resource.ts";
import { SECRETS, type Secret, encoded, readTexts } from "./kube/secrets.ts";

/** Texts of a Secret by their keys. */
export type Texts = Readonly<Partial<Record<string, string>>>;

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
  const existing = await readTexts(client, secret);
  if (existing !== undefined) return existing;
  try {
    await client.create<Secret>(SECRETS, {
      metadata: { ...secret } as Secret["metadata"],
      immutable: true,
      data: encoded(make()),
    });
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
  const stored = await readTexts(client, secret);
  if (stored !== undefined) return stored;
  throw new FasciaError("KeysUnreadable", `Secret ${secret.name} went while it was made: somebody deletes it`);
}
