import type { KubeClient } from "./kube/client.ts";
import type { ObjectName } from "./kube/resource.ts";
import { madeOnce } from "./madeonce.ts";
import { KEYS_KEY } from "./workload/names.ts";

/**
 * The installation's keys (the text of `keys.json`) in a Secret of the operator's own. Other keys in place of these would
 * make every patient a new one. Throws FasciaError `KeysUnreadable`, or a KubeError.
 */
export async function installationKeys(
  client: Pick<KubeClient, "get" | "create">,
  secret: Required<ObjectName>,
  make: () => string,
): Promise<string> {
  const texts = await madeOnce(client, secret, () => ({ [KEYS_KEY]: make() }));
  // Without the key, its reader says that there are no keys in it.
  return texts[KEYS_KEY] ?? "";
}
