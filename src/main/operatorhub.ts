import type { HubAddress } from "../jetstream/hub.ts";
import type { OperatorConfig } from "../operator/config.ts";
import type { HubStore } from "../operator/program/programmer.ts";
import { checkStore } from "../standalone/durability.ts";

/** How the operator itself connects: with what its directory holds then. */
export const operatorHub = ({ url, credentialsDirectory }: OperatorConfig["nats"]): HubAddress => ({
  url,
  ...(credentialsDirectory !== undefined && { credsFile: credentialsDirectory }),
});

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
