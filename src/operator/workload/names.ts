import { contentHash } from "../../base/hash.ts";

/** Room for the longest suffix below within the 63 characters of a label. Names that are cut are exactly that long. */
const BASE_MAX = 57;
/** Before the hash. */
const CUT = BASE_MAX - 17;

export interface WorkloadNames {
  /** Deployment, Service, ServiceAccount, NetworkPolicy and PodDisruptionBudget. */
  base: string;
  /** Secret with the adapter's own NATS credentials: `CREDENTIALS_KEY`, or `user` and `password`. */
  credentials: string;
  /** Secret with a copy of the installation's keys, `KEYS_KEY`. */
  keys: string;
  /** ConfigMap with the authorities that are trusted beside those of the image. */
  trust: string;
}

export const CREDENTIALS_KEY = "nats.creds";
export const KEYS_KEY = "keys.json";

/**
 * What is made for an Adapter is called `fascia-<name>`: a Service's name must begin with a letter, and a namespace may
 * well have something that is called as the system is. Long names are cut and told apart by a hash, and no name that is
 * not cut is as long: two Adapters with one Deployment would take it from each other for ever.
 */
export function workloadNames(adapter: string): WorkloadNames {
  const whole = `fascia-${adapter}`;
  const base = whole.length < BASE_MAX ? whole : `${whole.slice(0, CUT)}-${contentHash(adapter)}`;
  return { base, credentials: `${base}-nats`, keys: `${base}-keys`, trust: `${base}-trust` };
}

/** Labels that select the pods of an Adapter. A Deployment's selector can never be changed: neither can these. */
export const selectorLabels = (adapter: string): Record<string, string> => ({
  "app.kubernetes.io/name": "fascia-adapter",
  "app.kubernetes.io/instance": workloadNames(adapter).base,
});

/** On everything that is made for an Adapter: its name. */
export const ADAPTER_LABEL = "fascia.dev/adapter";

const MANAGED_BY = { "app.kubernetes.io/managed-by": "fascia" };

/** Selects what was made for Adapters, whichever. */
export const MADE_HERE = textOf(MANAGED_BY);

/** Labels of everything made for an Adapter, pods included: nothing here that changes with a version of Fascia. */
export const adapterLabels = (adapter: string): Record<string, string> => ({
  ...selectorLabels(adapter),
  "app.kubernetes.io/component": "adapter",
  "app.kubernetes.io/part-of": "fascia",
  ...MANAGED_BY,
  [ADAPTER_LABEL]: adapter,
});

/** The selector as text, for `status.selector` and for listing pods. */
export const selectorText = (adapter: string): string => textOf(selectorLabels(adapter));

function textOf(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}
