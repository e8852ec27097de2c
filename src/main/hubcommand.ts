import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type Hub, type HubAddress, closeHub, connectHub } from "../jetstream/hub.ts";
import { readBootstrap } from "../standalone/bootstrap.ts";
import { parseHubUrl } from "./process.ts";

export interface HubOptions {
  data: string;
  nats?: string;
  natsCreds?: string;
}

const DEFAULT_DATA = ".fascia/data";

/** For every command that connects to a hub. */
export const natsCredsOption = (): Option =>
  new Option(
    "--nats-creds <file>",
    "credentials for that server (user JWT and seed), read again when the file changes",
  ).env("FASCIA_NATS_CREDS");

/** For processes of adapters whose users are in an account of their own. */
export const natsApiPrefixOption = (): Option =>
  new Option(
    "--nats-api-prefix <prefix>",
    "where that server has JetStream's requests, for an account that imports them",
  ).env("FASCIA_NATS_API_PREFIX");

/** Copies of each stream, as JetStream allows them. */
export function parseReplicas(text: string): number {
  const replicas = Number(text);
  if (!Number.isInteger(replicas) || replicas < 1 || replicas > 5) {
    throw new InvalidArgumentError("It must be a whole number from 1 to 5.");
  }
  return replicas;
}

/** Adds the options by which a command finds the hub of a running installation. */
export function withHubOptions(command: Command): Command {
  return command
    .option("--data <dir>", "data directory of the `fascia run` to ask", DEFAULT_DATA)
    .option("--nats <url>", "NATS server, if it is not the one that the data directory names")
    .addOption(natsCredsOption());
}

/** What a hint to another command has to repeat, so that it finds the same hub: ` --data /srv/fascia`, or nothing. */
export function sameHub({ data, nats, natsCreds }: HubOptions): string {
  if (nats === undefined) return data === DEFAULT_DATA ? "" : ` --data ${data}`;
  // A URL may hold a password: whoever typed it knows it.
  const server = ` --nats ${URL.canParse(nats) && new URL(nats).password !== "" ? "URL" : nats}`;
  return natsCreds === undefined ? server : `${server} --nats-creds ${natsCreds}`;
}

/** Address of the hub that the options name. Rejects with `BootstrapMissing` when nothing runs on the data directory. */
export async function hubAddress(options: HubOptions): Promise<HubAddress> {
  const creds = options.natsCreds !== undefined && { credsFile: resolve(options.natsCreds) };
  if (options.nats !== undefined) return { ...parseHubUrl(options.nats), ...creds };
  const { url, user, password, credsFile } = await readBootstrap(options.data);
  if (creds) return { url, ...creds };
  return {
    url,
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ...(credsFile !== undefined && { credsFile }),
  };
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
