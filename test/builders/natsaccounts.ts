import { nkeys } from "@nats-io/nats-core";
import type { Signer } from "../../src/jetstream/usertoken.ts";

/** A NATS installation with accounts: what its servers are configured with, and who may sign users of its account. */
export interface NatsAccounts {
  /** Lines of a server's configuration: operator, accounts, all in memory. */
  config: string;
  /** A signing key of the account that has JetStream. */
  signer: Required<Signer>;
}

const UNLIMITED = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
const JETSTREAM = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };

/** A key pair of NATS: its seed, and its public key. */
export function createKey(kind: "operator" | "account" | "user"): { seed: string; id: string } {
  const pair = { operator: nkeys.createOperator, account: nkeys.createAccount, user: nkeys.createUser }[kind]();
  return { seed: Buffer.from(pair.getSeed()).toString(), id: pair.getPublicKey() };
}

/** An operator with a system account and one that has JetStream, as `nsc` would make them (NATS ADR-14). */
export function createAccounts(): NatsAccounts {
  const operator = nkeys.createOperator();
  const system = nkeys.createAccount();
  const account = nkeys.createAccount();
  const signing = nkeys.createAccount();
  const idOf = (pair: nkeys.KeyPair) => pair.getPublicKey();
  const tokenOf = (name: string, subject: nkeys.KeyPair, nats: object) => {
    const header = encode({ typ: "JWT", alg: "ed25519-nkey" });
    const iat = Math.floor(Date.now() / 1000);
    const claims = encode({
      jti: name,
      iat,
      iss: idOf(operator),
      name,
      sub: idOf(subject),
      nats: { ...nats, version: 2 },
    });
    const signature = operator.sign(Buffer.from(`${header}.${claims}`));
    return `${header}.${claims}.${Buffer.from(signature).toString("base64url")}`;
  };
  const hub = { limits: { ...UNLIMITED, ...JETSTREAM }, signing_keys: [idOf(signing)], type: "account" };
  return {
    config: `
operator: ${tokenOf("operator", operator, { type: "operator" })}
system_account: ${idOf(system)}
resolver: MEMORY
resolver_preload {
  ${idOf(system)}: ${tokenOf("system", system, { limits: UNLIMITED, type: "account" })}
  ${idOf(account)}: ${tokenOf("hub", account, hub)}
}
`,
    signer: { seed: Buffer.from(signing.getSeed()).toString(), account: idOf(account) },
  };
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
