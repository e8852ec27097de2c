import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, systemClock } from "../../../src/base/clock.ts";
import type { HubAddress } from "../../../src/jetstream/hub.ts";
import { type Signer, mintCredentials, readCredentials } from "../../../src/jetstream/usertoken.ts";
import { issuerIn } from "../../../src/operator/credentials/directory.ts";
import { KubeClient } from "../../../src/operator/kube/client.ts";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import { runManager } from "../../../src/operator/manager/manager.ts";
import { operatorParts } from "../../../src/operator/operator.ts";
import { WORKLOAD_TYPES } from "../../../src/operator/workload/types.ts";
import { createHealth } from "../../../src/telemetry/health.ts";
import { type Log, silentLog } from "../../../src/telemetry/log.ts";
import { createOperatorMetrics } from "../../../src/telemetry/operatormetrics.ts";
import { settings } from "../../builders/workloads.ts";
import type { Connection } from "../manager/rig.ts";

export interface Secret extends KubeObject {
  data?: Record<string, string>;
}

/** Leads always: a clock that jumps would take a Lease away. */
class LeadingClient extends KubeClient {
  override fenced(): KubeClient {
    return this;
  }
}

/** The operator without election, by a clock of the test's own. Returns how to stop it. */
export function startIssuing(
  api: Connection,
  hub: HubAddress,
  directory: string,
  clock: Clock,
  log: Log = silentLog,
): () => Promise<void> {
  const deps = { clock, random: Math.random, log, metrics: createOperatorMetrics({ process: false }) };
  const client = new LeadingClient({ access: api.access, clock: systemClock, random: Math.random });
  const store = { storeBytes: 1024 ** 3, durable: { durable: true } as const };
  const { elector: _, ...parts } = operatorParts(
    {
      lease: { namespace: "default", name: "fascia" },
      identity: "test",
      hub,
      lookAtStore: () => Promise.resolve(store),
      replicas: 1,
      settings,
      keys: "{}\n",
      readIssuer: () => issuerIn(directory),
    },
    { ...deps, client, health: createHealth(systemClock) },
  );
  const ending = new AbortController();
  const running = runManager(parts, { clock: systemClock, log }, ending.signal);
  return async () => {
    ending.abort();
    await running;
  };
}

const textsOf = ({ data = {} }: Secret): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text, "base64").toString()]));

/** The Secret with an Adapter's credentials, as an administrator sees it. */
export async function secretOf(
  client: KubeClient,
  adapter: string,
): Promise<Secret & { texts: Record<string, string> }> {
  const where = { namespace: "default", name: `fascia-${adapter}-nats` };
  const secret = await client.get<Secret>(WORKLOAD_TYPES.Secret, where);
  return { ...secret, texts: textsOf(secret) };
}

/** What an Adapter's credentials say of themselves. */
export async function tokenOf(client: KubeClient, adapter: string) {
  const { texts } = await secretOf(client, adapter);
  const token = readCredentials(texts["nats.creds"] ?? "");
  if (!token) throw new Error(`${adapter} has no user JWT`);
  return token;
}

/** Fills the operator's directory as an administrator's Secret would. */
export async function fillDirectory(directory: string, hub: Signer, adapters: Required<Signer>): Promise<void> {
  const everything = { publish: [">"], subscribe: [">"] };
  const now = Date.now();
  const user = { name: "operator", permissions: everything, issuedAt: now, expiresAt: now + 3_600_000 };
  await writeFile(join(directory, "nats.creds"), mintCredentials(hub, user));
  await writeFile(join(directory, "adapters.account"), adapters.account);
  await writeFile(join(directory, "adapters.nk"), `${adapters.seed}\n`);
}
