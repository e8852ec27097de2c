import { nkeys } from "@nats-io/nats-core";
import { FasciaError } from "../base/errors.ts";
import { HUB_EXPORTS, type HubExport } from "../compile/exports.ts";
import { publicKeyOf, seedOf } from "./nkey.ts";
import { signedToken } from "./signedtoken.ts";
import { mintCredentials } from "./usertoken.ts";

/** What a NATS installation of Fascia's own is made from: three accounts and who signs for them. Texts for a Secret. */
export interface Installation {
  /** Seed that signs the accounts. */
  "operator.nk": string;
  /** Public key of the system account, which has no users. */
  "system.account": string;
  /** Seed of the account that has JetStream. */
  "hub.nk": string;
  /** Public key of the adapters' account, and the seed that signs its users. */
  "adapters.account": string;
  "adapters.nk": string;
  /** Creds file of Fascia's own user, who may do everything in the hub's account, for as long as the account is. */
  "nats.creds": string;
}

const KEYS: readonly (keyof Installation)[] = [
  "operator.nk",
  "system.account",
  "hub.nk",
  "adapters.account",
  "adapters.nk",
  "nats.creds",
];

/** `random` gives that many random bytes. `now`: milliseconds since the epoch. */
export function newInstallation(
  random: (bytes: number) => Uint8Array,
  now: number,
): Record<keyof Installation, string> {
  const account = () => seedOf("account", random(32));
  const hub = account();
  const everything = { publish: [">"], subscribe: [">"] };
  const user = { name: "fascia", permissions: everything, issuedAt: now, expiresAt: Number.POSITIVE_INFINITY };
  return {
    "operator.nk": seedOf("operator", random(32)),
    "system.account": publicKeyOf(account()),
    "hub.nk": hub,
    "adapters.account": publicKeyOf(account()),
    "adapters.nk": account(),
    "nats.creds": mintCredentials({ seed: hub }, user),
  };
}

/** Throws FasciaError `KeysUnreadable` where one is missing; `where` says of what, e.g. a Secret's name. */
export function parseInstallation(texts: Partial<Record<string, string>>, where: string): Installation {
  const missing = KEYS.filter((key) => (texts[key] ?? "") === "");
  if (missing.length === 0) return texts as unknown as Installation;
  throw new FasciaError("KeysUnreadable", `${where} has no ${missing.join(", ")}: restore it from a backup`);
}

/**
 * The accounts in the server's configuration language: JWTs, nothing secret. The same installation gives the same text,
 * byte for byte, as long as what the hub's account exports (`HUB_EXPORTS`) stays.
 */
export function accountsConf(installation: Installation): string {
  const pair = nkeys.fromSeed(Buffer.from(installation["operator.nk"]));
  const system = installation["system.account"];
  const hub = publicKeyOf(installation["hub.nk"]);
  const adapters = installation["adapters.account"];
  const account = (name: string, sub: string, nats: object) =>
    `  ${sub}: ${signedToken(pair, { name, sub, nats: { ...nats, type: "account" } })}`;
  return `operator: ${signedToken(pair, { name: "fascia", sub: pair.getPublicKey(), nats: { type: "operator" } })}
system_account: ${system}
resolver: MEMORY
resolver_preload {
${[
  account("system", system, { limits: UNLIMITED }),
  account("hub", hub, { limits: { ...UNLIMITED, ...JETSTREAM }, exports: HUB_EXPORTS.map(exported) }),
  account("adapters", adapters, {
    limits: UNLIMITED,
    signing_keys: [publicKeyOf(installation["adapters.nk"])],
    imports: HUB_EXPORTS.map((each) => imported(each, hub)),
  }),
].join("\n")}
}
`;
}

const UNLIMITED = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
const JETSTREAM = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };

/** As an account's JWT has an export. */
const exported = ({ kind, subject, many }: HubExport): object => ({
  name: subject,
  subject,
  type: kind,
  ...(kind === "service" && { response_type: many ? "Stream" : "Singleton" }),
});

const imported = ({ kind, subject, as }: HubExport, account: string): object => ({
  name: as,
  subject,
  account,
  type: kind,
  ...(as !== subject && { local_subject: as }),
});
