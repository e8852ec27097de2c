import type { Accepts, Emits, RunSpec } from "../api/adapter.ts";
import type { ContractVersionSpec } from "../api/contractversion.ts";
import type { ReplySpec, RetrySpec } from "../api/integration.ts";
import type { CalendarEntry } from "./calendar.ts";
import type { OwnershipConfig } from "./ownership.ts";

/**
 * Everything one adapter needs to run, resolved from the resources by the control plane and handed over through the
 * hub's key-value bucket. An adapter knows no other source of configuration.
 */
export interface AdapterConfig {
  /** Content hash of all the rest: the Mapping-Revision of lineage. */
  revision: string;
  namespace: string;
  name: string;
  /** It is being deleted: what is there is brought to an end, and nothing new is taken in. */
  draining?: true;
  /** Without what concerns only pods: scaling is no new configuration. */
  spec: RunSpec;
  /** Every contract version that this adapter emits, accepts, translates or produces by a reply, by `<contract>@<version>`. */
  contracts: Record<string, ContractVersionSpec>;
  /** Where each emitted contract goes; empty for an adapter without source. */
  emits: EmitConfig[];
  /** Routes of all Integrations that target this adapter; empty for an adapter without target. */
  routes: RouteConfig[];
  /** Hub domains that routes read from: one durable consumer each. */
  domains: string[];
  /** Who owns what, of an adapter whose messages that changes. */
  ownership?: OwnershipConfig;
  /** The lives of all contract versions, of an adapter that tells of them. */
  calendar?: CalendarEntry[];
  /** What lets it use contract versions past their end; undefined: nothing. */
  extensions?: Extension[];
}

/** An approved PolicyException that extends the window of contract versions. */
export interface Extension {
  /** `<namespace>/<name>` of the PolicyException. */
  exception: string;
  /** The only version that it is about, `<contract>@<version>`. */
  contract?: string;
  /** The only Integration that it is about. */
  integration?: string;
  /** When it ends, milliseconds since the epoch. */
  until: number;
}

export interface EmitConfig extends Emits {
  domain: string;
}

export interface RouteConfig {
  /** Name of the Integration. */
  integration: string;
  contract: string;
  domain: string;
  /** Semver range of versions that the route takes. */
  range: string;
  adapters?: string[];
  events?: string[];
  filter?: string;
  when?: string;
  map?: string;
  /** What the target accepts of this contract: version to translate to, and the mapping to its dialect. */
  accepts: Accepts;
  retry: RetrySpec;
  onPermanent: "Quarantine" | "Block";
  reply?: ReplySpec & { domain: string };
}

export const contractKey = (contract: string, version: string): string => `${contract}@${version}`;
