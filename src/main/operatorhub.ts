import { randomBytes } from "node:crypto";
import { systemClock } from "../base/clock.ts";
import { newInstallation } from "../jetstream/installation.ts";
import type { OperatorConfig } from "../operator/config.ts";
import { issuerIn, plainUserIn } from "../operator/credentials/directory.ts";
import { passwordSecret } from "../operator/credentials/passwordsecret.ts";
import { OwnServer } from "../operator/credentials/ownserver.ts";
import type { KubeClient } from "../operator/kube/client.ts";
import type { OperatorOptions } from "../operator/operator.ts";
import type { HubStore } from "../operator/program/programmer.ts";
import { checkStore } from "../standalone/durability.ts";

/** How the operator connects, and who issues adapters' credentials. */
type HubOptions = Pick<OperatorOptions, "hub" | "readIssuer" | "plainUsers">;

/**
 * By what its directory holds at any time, or by accounts that it makes itself, in Secrets of `namespace`. Rejects as
 * `OwnServer.open` does.
 */
export async function operatorHub(
  { url, credentialsDirectory, server, users }: OperatorConfig["nats"],
  client: Pick<KubeClient, "get" | "create" | "apply">,
  namespace: string,
): Promise<HubOptions> {
  if (server) {
    const secrets = { namespace, keysName: server.keysSecretName, accountsName: server.accountsSecretName };
    const own = await OwnServer.open(client, secrets, () => newInstallation(randomBytes, systemClock.now()));
    return { hub: { url, creds: own.creds }, readIssuer: () => own.keep() };
  }
  if (credentialsDirectory === undefined) return { hub: { url } };
  const hub = { url, credsFile: credentialsDirectory };
  if (!users) return { hub, readIssuer: () => issuerIn(credentialsDirectory) };
  const passwords = passwordSecret(client, { namespace, name: users.keySecretName }, randomBytes);
  return {
    hub,
    readIssuer: () => issuerIn(credentialsDirectory, passwords),
    plainUsers: { secret: { namespace, name: users.accountsSecretName }, own: () => plainUserIn(credentialsDirectory) },
  };
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
