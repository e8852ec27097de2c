import type { Command } from "commander";
import { type Hub, type HubAddress, closeHub, connectHub } from "../jetstream/hub.ts";
import { readBootstrap } from "../standalone/bootstrap.ts";
import { parseHubUrl } from "./process.ts";

export interface HubOptions {
  data: string;
  nats?: string;
}

/** Adds the options by which a command finds the hub of a running installation. */
export function withHubOptions(command: Command): Command {
  return command
    .option("--data <dir>", "data directory of the `fascia run` to ask", ".fascia/data")
    .option("--nats <url>", "NATS server, if it is not the one that the data directory names");
}

/** Address of the hub that the options name. Rejects with `BootstrapMissing` when nothing runs on the data directory. */
export async function hubAddress(options: HubOptions): Promise<HubAddress> {
  if (options.nats !== undefined) return parseHubUrl(options.nats);
  const { url, user, password } = await readBootstrap(options.data);
  return { url, ...(user !== undefined && { user }), ...(password !== undefined && { password }) };
}

/** Runs `work` with a connection to the hub, which is closed after. */
export async function withHub<T>(options: HubOptions, work: (hub: Hub) => Promise<T>): Promise<T> {
  const hub = await connectHub(await hubAddress(options), "fascia_cli");
  try {
    return await work(hub);
  } finally {
    await closeHub(hub);
  }
}
