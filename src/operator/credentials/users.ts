import type { KubeClient } from "../kube/client.ts";
import { type KubeObject, type ObjectName, keyOf } from "../kube/resource.ts";
import { keepText } from "../kube/secrets.ts";
import type { Cache } from "../manager/cache.ts";
import { Controller, type ControllerDeps, type Result } from "../manager/controller.ts";
import { mapped, specChanged } from "../manager/watches.ts";
import { domainsOf, domainsWatch } from "./domains.ts";
import { holderOf } from "./holder.ts";
import { ACCOUNTS_FILE } from "./ownserver.ts";
import { type PlainUser, accountsConfig } from "./plain.ts";
import type { CredentialState } from "./state.ts";

export interface UsersOptions {
  client: Pick<KubeClient, "get" | "apply">;
  contractVersions: Cache<KubeObject>;
  adapters: Cache<KubeObject>;
  credentials: CredentialState;
  /** The Secret whose `ACCOUNTS_FILE` the server's administrator includes. */
  secret: Required<ObjectName>;
  /** The operator's own user now. */
  own: () => PlainUser;
}

const EVERYBODY = "everybody";
/** What somebody changed of the file is mended within this time. */
const RESYNC_MS = 60_000;

/** Writes the users of a NATS server that has them in its own configuration: one for each Adapter that there is. */
export function usersController(options: UsersOptions, deps: ControllerDeps): Controller {
  const { client, contractVersions, adapters, credentials, secret, own } = options;
  const every = (): string[] => [EVERYBODY];
  const reconcile = async (): Promise<Result> => {
    const { issuer } = credentials;
    if (issuer?.kind !== "Password") return {};
    const domains = domainsOf(contractVersions);
    const holders = adapters.list().map(({ metadata }) => holderOf(metadata, domains));
    const sorted = holders.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    await keepText(client, secret, ACCOUNTS_FILE, accountsConfig(own(), issuer, sorted));
    return { requeueAfterMs: RESYNC_MS };
  };
  const watches = [
    mapped(adapters, every, { when: specChanged }),
    domainsWatch(contractVersions, every),
    { subscribe: (enqueue: (key: string) => void) => credentials.onChange(() => enqueue(EVERYBODY)) },
  ];
  return new Controller({ name: "users", watches, reconcile, concurrency: 1 }, deps);
}
