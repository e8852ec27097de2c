import { CONTRACT_VERSIONS } from "../kinds.ts";
import type { Cache } from "../manager/cache.ts";
import type { Controller, ControllerDeps } from "../manager/controller.ts";
import { together } from "../manager/watches.ts";
import type { ProgramState } from "../program/state.ts";
import { reportController } from "../report/controller.ts";
import type { ServedObject, Teller } from "../report/write.ts";
import { contractVersionVerdicts } from "../status/contractversion.ts";
import type { Users } from "./users.ts";

export interface ContractVersionParts {
  teller: Teller;
  contractVersions: Cache<ServedObject>;
  state: ProgramState;
  users: Users;
}

/** Many resources that use one version are often applied at once; counting them once is enough. */
const COUNTED_EVERY_MS = 500;

/** Says of each ContractVersion whether it can be used, and by how many it is. */
export function contractVersionController(parts: ContractVersionParts, deps: ControllerDeps): Controller {
  const { teller, contractVersions: cache, state, users } = parts;
  const verdictsOf = (version: ServedObject) =>
    contractVersionVerdicts({
      isDeleting: version.metadata.deletionTimestamp !== undefined,
      invalid: state.invalid(version),
      users: users.of(version),
    });
  const watches = users.watches().map((watch) => together(watch, COUNTED_EVERY_MS, deps.clock));
  return reportController({ teller, type: CONTRACT_VERSIONS, cache, state, verdictsOf, watches }, deps);
}
