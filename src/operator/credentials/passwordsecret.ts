import { FasciaError } from "../../base/errors.ts";
import type { KubeClient } from "../kube/client.ts";
import type { ObjectName } from "../kube/resource.ts";
import { madeOnce } from "../madeonce.ts";

const KEY = "passwords.key";
const BYTES = 32;

/**
 * How to get what adapters' passwords follow from. It is in a Secret of the operator's own, made where there is none and put
 * back as it was where somebody deletes it. `random` gives that many random bytes. Rejects with FasciaError
 * `KeysUnreadable`, or a KubeError.
 */
export function passwordSecret(
  client: Pick<KubeClient, "get" | "create">,
  secret: Required<ObjectName>,
  random: (bytes: number) => Uint8Array,
): () => Promise<string> {
  let known: string | undefined;
  const make = () => ({ [KEY]: known ?? Buffer.from(random(BYTES)).toString("base64url") });
  return async () => {
    const { [KEY]: found = "" } = await madeOnce(client, secret, make);
    if (found === "")
      throw new FasciaError(
        "KeysUnreadable",
        `Secret ${secret.namespace}/${secret.name} has no ${KEY}: restore it from a backup`,
      );
    known = found;
    return found;
  };
}
