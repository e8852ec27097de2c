import {
  ADAPTERS,
  ADAPTER_CLASSES,
  CONTRACT_VERSIONS,
  DATA_DOMAINS,
  INTEGRATIONS,
  POLICY_EXCEPTIONS,
} from "../../src/operator/kinds.ts";
import type { KubeClient } from "../../src/operator/kube/client.ts";
import { isNotFound } from "../../src/operator/kube/failure.ts";
import type { KubeObject, ResourceType } from "../../src/operator/kube/resource.ts";

const TYPES = new Map(
  [DATA_DOMAINS, ADAPTER_CLASSES, CONTRACT_VERSIONS, ADAPTERS, INTEGRATIONS, POLICY_EXCEPTIONS].map((type) => [
    type.kind,
    type,
  ]),
);

export function typeOf({ kind = "" }: KubeObject): ResourceType {
  const type = TYPES.get(kind);
  if (!type) throw new Error(`no type ${kind}`);
  return type;
}

/** As kubectl does, one after another: only what a person writes. */
export async function applyAll(client: KubeClient, samples: readonly KubeObject[]): Promise<void> {
  for (const sample of samples) await client.apply(typeOf(sample), sample);
}

export async function deleteAll(client: KubeClient, samples: readonly KubeObject[]): Promise<void> {
  for (const sample of samples) await client.delete(typeOf(sample), sample.metadata);
}

/** Deletes them and lets them go at once, for where no operator runs that would. */
export async function removeAll(client: KubeClient, samples: readonly KubeObject[]): Promise<void> {
  for (const sample of samples) {
    const { name, namespace } = sample.metadata;
    await client.delete(typeOf(sample), { name, namespace });
    await client.merge(typeOf(sample), { name, namespace }, { metadata: { finalizers: null } }).catch(unlessGone);
  }
}

function unlessGone(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
