import type { ControlPlane } from "../../../hack/cluster/controlplane.ts";
import { ADAPTERS, CONTRACT_VERSIONS, INTEGRATIONS } from "../../../src/operator/kinds.ts";
import type { KubeClient } from "../../../src/operator/kube/client.ts";
import { WORKLOAD_TYPES } from "../../../src/operator/workload/types.ts";
import type { TestNats } from "../../builders/nats.ts";

const WRITES = new Set(["POST", "PUT", "PATCH", "APPLY", "DELETE"]);
/** What the operator could write but its Lease. The API server writes some other kinds by itself. */
const RESOURCES = new Set([
  "contractversions",
  "adapters",
  "integrations",
  "deployments",
  "services",
  "serviceaccounts",
  "secrets",
  "configmaps",
  "networkpolicies",
  "poddisruptionbudgets",
  "events",
]);

interface Jsz {
  account_details?: { stream_detail?: { state: { last_seq: number } }[] }[];
}

/** Writes that the API server was asked for since it began, but for Leases: whether or not they changed anything. */
export async function apiWrites(controlPlane: ControlPlane): Promise<number> {
  const { body } = await controlPlane.client("admin").request("GET", "/metrics");
  let sum = 0;
  for (const [, labels = "", value] of String(body).matchAll(/^apiserver_request_total\{([^}]*)\} (\S+)$/gm)) {
    const label = (name: string) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? "";
    if (WRITES.has(label("verb")) && RESOURCES.has(label("resource")) && label("dry_run") === "") sum += Number(value);
  }
  return sum;
}

/** What stands in the API server of all that the operator could write, but its Lease, as one text. */
export async function written(client: KubeClient): Promise<string> {
  const types = [CONTRACT_VERSIONS, ADAPTERS, INTEGRATIONS, ...Object.values(WORKLOAD_TYPES)];
  const lists = await Promise.all(types.map((type) => client.list(type, {})));
  const versions = lists.flatMap(({ items }) =>
    items.map(({ metadata }) => `${metadata.uid} ${metadata.resourceVersion}`),
  );
  return versions.toSorted().join("\n");
}

/** Objects of which there is another version in `after` than in `before`, or that came meanwhile. */
export function changedIn(before: string, after: string): number {
  const known = new Set(before.split("\n"));
  return after.split("\n").filter((version) => !known.has(version)).length;
}

/** Messages that the hub has stored since its streams were made: configurations and floors among them. */
export async function hubWrites({ monitoring }: TestNats): Promise<number> {
  const answer = await fetch(new URL("/jsz?accounts=true&streams=true", monitoring));
  const { account_details: accounts = [] } = (await answer.json()) as Jsz;
  return accounts.flatMap(({ stream_detail: streams = [] }) => streams).reduce((sum, s) => sum + s.state.last_seq, 0);
}
