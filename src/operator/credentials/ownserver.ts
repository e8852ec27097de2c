import { FasciaError } from "../../base/errors.ts";
import { IMPORTED_API_PREFIX } from "../../compile/exports.ts";
import { type Installation, accountsConf, parseInstallation } from "../../jetstream/installation.ts";
import type { KubeClient } from "../kube/client.ts";
import { keepText } from "../kube/secrets.ts";
import { madeOnce } from "../madeonce.ts";
import type { Issuer } from "./issue.ts";

/** Secrets in the operator's namespace for a NATS server that is Fascia's own. */
export interface OwnServerSecrets {
  namespace: string;
  /** Made once, immutable: what everything follows from. The operator alone reads it. */
  keysName: string;
  /** What the server mounts, `ACCOUNTS_FILE`: its accounts, without anything secret. */
  accountsName: string;
}

export const ACCOUNTS_FILE = "accounts.conf";

type Client = Pick<KubeClient, "get" | "create" | "apply">;

/** A NATS server of Fascia's own: its accounts, who signs for them, and the Secrets that hold them. */
export class OwnServer {
  readonly #client: Client;
  readonly #secrets: OwnServerSecrets;
  readonly #installation: Installation;
  /** Signing takes a while, and comes to the same each time. */
  readonly #accounts: string;

  private constructor(client: Client, secrets: OwnServerSecrets, installation: Installation) {
    this.#client = client;
    this.#secrets = secrets;
    this.#installation = installation;
    this.#accounts = accountsConf(installation);
  }

  /**
   * What is there, or, the first time, a new one of what `make` gives; several operators at once come to the same. Rejects
   * with FasciaError `KeysUnreadable`, or a KubeError.
   */
  static async open(
    client: Client,
    secrets: OwnServerSecrets,
    make: () => Record<keyof Installation, string>,
  ): Promise<OwnServer> {
    const { namespace, keysName: name } = secrets;
    const texts = await madeOnce(client, { namespace, name }, make);
    const opened = new OwnServer(client, secrets, parseInstallation(texts, `Secret ${namespace}/${name}`));
    await opened.keep();
    return opened;
  }

  /** Creds file of the operator's own user. */
  get creds(): string {
    return this.#installation["nats.creds"];
  }

  /**
   * Puts back what somebody deleted or changed, and tells who issues adapters' credentials. With other accounts the server
   * would have other streams: what was known when the process began counts. Rejects as `open` does.
   */
  async keep(): Promise<Issuer> {
    const { namespace, keysName: name, accountsName } = this.#secrets;
    const texts = await madeOnce(this.#client, { namespace, name }, () => ({ ...this.#installation }));
    if (texts["hub.nk"] !== this.#installation["hub.nk"])
      throw new FasciaError(
        "KeysUnreadable",
        `Secret ${namespace}/${name} was replaced: restart the operator to use it`,
      );
    await keepText(this.#client, { namespace, name: accountsName }, ACCOUNTS_FILE, this.#accounts);
    const signer = { seed: this.#installation["adapters.nk"], account: this.#installation["adapters.account"] };
    return { kind: "Token", signer, apiPrefix: IMPORTED_API_PREFIX };
  }
}
