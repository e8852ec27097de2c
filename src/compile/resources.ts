import type { Adapter } from "../api/adapter.ts";
import type { ContractVersion } from "../api/contractversion.ts";
import type { Integration } from "../api/integration.ts";

/** The resources that one installation is made of, each already valid by its own schema and rules. */
export interface Resources {
  contractVersions: ContractVersion[];
  adapters: Adapter[];
  integrations: Integration[];
}

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
