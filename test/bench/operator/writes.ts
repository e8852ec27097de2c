import type { ControlPlane } from "../../../hack/cluster/controlplane.ts";
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

/** Messages that the hub has stored since its streams were made: configurations and floors among them. */
export async function hubWrites({ monitoring }: TestNats): Promise<number> {
  const answer = await fetch(new URL("/jsz?accounts=true&streams=true", monitoring));
  const { account_details: accounts = [] } = (await answer.json()) as Jsz;
  return accounts.flatMap(({ stream_detail: streams = [] }) => streams).reduce((sum, s) => sum + s.state.last_seq, 0);
}
