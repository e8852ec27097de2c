import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { FasciaError } from "../base/errors.ts";
import type { HubAddress } from "../jetstream/hub.ts";
import type { OperatorConfig } from "../operator/config.ts";
import type { HubStore } from "../operator/program/programmer.ts";
import { checkStore } from "../standalone/durability.ts";

/** How the operator itself connects. */
export async function operatorHub(nats: OperatorConfig["nats"]): Promise<HubAddress> {
  const { url, credentialsDirectory } = nats;
  if (credentialsDirectory === undefined) return { url };
  const there = (name: string) => join(credentialsDirectory, name);
  const [user, password] = await Promise.all([given(there("user")), given(there("password"))]);
  return user === undefined || password === undefined
    ? { url, credsFile: there("nats.creds") }
    : { url, user, password };
}

/** What the server's monitoring tells of its store. */
export async function storeOf({ monitoringUrl }: OperatorConfig["nats"]): Promise<HubStore> {
  if (monitoringUrl === undefined)
    return unknown("nobody told the operator where NATS has its monitoring: set nats.monitoringUrl");
  const { durability, storeBytes } = await checkStore(monitoringUrl);
  if (durability.durable === "unknown") return unknown(durability.reason);
  const durable = durability.durable
    ? { durable: true as const }
    : { durable: false as const, reason: durability.reason };
  return { durable, ...(storeBytes !== undefined && { storeBytes }) };
}

const unknown = (reason: string): HubStore => ({ durable: { durable: undefined, reason } });

/** Text of a file of a mounted Secret; undefined where there is none. */
async function given(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, "utf8")).trimEnd();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new FasciaError("OperatorConfigInvalid", `${file} cannot be read (${code ?? "unknown"})`, { cause });
  }
}
