import { nkeys } from "@nats-io/nats-core";
import { API_PREFIX, HUB_EXPORTS, type HubExport, IMPORTED_API_PREFIX } from "../../src/compile/exports.ts";
import type { Signer } from "../../src/jetstream/usertoken.ts";

/** A NATS installation with accounts: what its servers are configured with, and who may sign users. */
export interface NatsAccounts {
  /** Lines of a server's configuration: operator, accounts, all in memory. */
  config: string;
  /** A signing key of the account that has JetStream. */
  hub: Required<Signer>;
  /** One of the adapters' account, and where that one has JetStream's requests. */
  adapters: Required<Signer>;
  /** Another signing key of that account. */
  next: Required<Signer>;
  apiPrefix: string;
}

const UNLIMITED = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
const JETSTREAM = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };

/** A key pair of NATS: its seed, and its public key. */
interface Key {
  seed: string;
  id: string;
}

export function createKey(kind: "operator" | "account" | "user"): Key {
  const pair = { operator: nkeys.createOperator, account: nkeys.createAccount, user: nkeys.createUser }[kind]();
  return { seed: Buffer.from(pair.getSeed()).toString(), id: pair.getPublicKey() };
}

/**
 * An operator with a system account and one that has JetStream, as `nsc` would make them (NATS ADR-14). Adapters are in
 * an account of their own, or in the same one.
 */
export function createAccounts(layout: "OneAccount" | "OwnAccount"): NatsAccounts {
  const operator = nkeys.createOperator();
  const [system, hub, adapters, hubKey, adaptersKey, nextKey] = Array.from({ length: 6 }, () =>
    createKey("account"),
  ) as [Key, Key, Key, Key, Key, Key];
  const tokenOf = (name: string, sub: string, nats: object) => {
    const header = encode({ typ: "JWT", alg: "ed25519-nkey" });
    const iat = Math.floor(Date.now() / 1000);
    const claims = encode({ jti: name, iat, iss: operator.getPublicKey(), name, sub, nats: { ...nats, version: 2 } });
    const signature = operator.sign(Buffer.from(`${header}.${claims}`));
    return `${header}.${claims}.${Buffer.from(signature).toString("base64url")}`;
  };
  const accounts = {
    [system.id]: { limits: UNLIMITED },
    [hub.id]: { limits: { ...UNLIMITED, ...JETSTREAM }, signing_keys: [hubKey.id], exports: HUB_EXPORTS.map(exported) },
    [adapters.id]: {
      limits: UNLIMITED,
      signing_keys: [adaptersKey.id, nextKey.id],
      imports: HUB_EXPORTS.map((e) => imported(e, hub.id)),
    },
  };
  const preload = Object.entries(accounts).map(
    ([id, nats]) => `${id}: ${tokenOf(id, id, { ...nats, type: "account" })}`,
  );
  const hubSigner = { seed: hubKey.seed, account: hub.id };
  return {
    config: `
operator: ${tokenOf("operator", operator.getPublicKey(), { type: "operator" })}
system_account: ${system.id}
resolver: MEMORY
resolver_preload {
${preload.join("\n")}
}
`,
    hub: hubSigner,
    ...(layout === "OneAccount"
      ? { adapters: hubSigner, next: hubSigner, apiPrefix: API_PREFIX }
      : {
          adapters: { seed: adaptersKey.seed, account: adapters.id },
          next: { seed: nextKey.seed, account: adapters.id },
          apiPrefix: IMPORTED_API_PREFIX,
        }),
  };
}

const exported = ({ kind, subject, many }: HubExport) => ({
  name: subject,
  subject,
  type: kind,
  ...(kind === "service" && { response_type: many ? "Stream" : "Singleton" }),
});

const imported = ({ kind, subject, as }: HubExport, account: string) => ({
  name: as,
  subject,
  account,
  type: kind,
  ...(as !== subject && { local_subject: as }),
});

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
