import type { Adapter } from "../api/adapter.ts";
import type { AdapterClass } from "../api/adapterclass.ts";
import type { ContractVersion } from "../api/contractversion.ts";
import type { DataDomain } from "../api/datadomain.ts";
import type { Integration } from "../api/integration.ts";
import type { PolicyException } from "../api/policyexception.ts";

/** The resources that one installation is made of, each already valid by its own schema and rules. */
export interface Resources {
  dataDomains: DataDomain[];
  adapterClasses: AdapterClass[];
  contractVersions: ContractVersion[];
  adapters: Adapter[];
  integrations: Integration[];
  policyExceptions: PolicyException[];
}

export type Resource = Resources[keyof Resources][number];

/** Where the resources of each kind stand. */
export const FIELDS = {
  DataDomain: "dataDomains",
  AdapterClass: "adapterClasses",
  ContractVersion: "contractVersions",
  Adapter: "adapters",
  Integration: "integrations",
  PolicyException: "policyExceptions",
} as const satisfies Record<Resource["kind"], keyof Resources>;

/** `resources`, kind by kind. */
export function byKind(resources: Iterable<Resource>): Resources {
  const sorted: Record<keyof Resources, Resource[]> = {
    dataDomains: [],
    adapterClasses: [],
    contractVersions: [],
    adapters: [],
    integrations: [],
    policyExceptions: [],
  };
  for (const resource of resources) sorted[FIELDS[resource.kind]].push(resource);
  return sorted as Resources;
}

/** All of them, in the order in which kinds build on one another. */
export const everyOne = (resources: Resources): Resource[] =>
  Object.values(FIELDS).flatMap((field): Resource[] => resources[field]);

/** Something that keeps part of a resource from taking effect. */
export interface Problem {
  /**
   * True: wrong in itself, such as an expression that does not parse, and to be refused. False: a reference that
   * nothing answers yet, which whatever is applied next may do; the rest of the resource, and all others, go on.
   */
  invalid: boolean;
  kind: string;
  namespace?: string;
  name: string;
  /** Field path, e.g. `spec.event.to[1].adapter`. */
  path: string;
  reason: string;
}
