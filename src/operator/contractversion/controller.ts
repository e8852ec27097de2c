import { CONTRACT_VERSIONS } from "../kinds.ts";
import type { KubeClient } from "../kube/client.ts";
import { IN_USE, hasFinalizer, isDeleting, liftFinalizer, putFinalizer } from "../kube/finalizers.ts";
import type { Cache } from "../manager/cache.ts";
import type { Controller, ControllerDeps } from "../manager/controller.ts";
import { together } from "../manager/watches.ts";
import type { ProgramState } from "../program/state.ts";
import { reportController } from "../report/controller.ts";
import type { ServedObject, Teller } from "../report/write.ts";
import { contractVersionVerdicts } from "../status/contractversion.ts";
import type { Users } from "./users.ts";

export interface ContractVersionParts {
  client: KubeClient;
  teller: Teller;
  contractVersions: Cache<ServedObject>;
  state: ProgramState;
  users: Users;
}

/** Many resources that use one version are often applied at once; counting them once is enough. */
const COUNTED_EVERY_MS = 500;

/** Says of each ContractVersion whether it can be used, and by how many it is; keeps one that is deleted while it is. */
export function contractVersionController(parts: ContractVersionParts, deps: ControllerDeps): Controller {
  const { client, teller, contractVersions: cache, state, users } = parts;
  const verdictsOf = (version: ServedObject) =>
    contractVersionVerdicts({
      isDeleting: isDeleting(version),
      invalid: state.invalid(version),
      users: users.of(version),
    });
  const before = async (version: ServedObject): Promise<boolean> => {
    const isProtected = hasFinalizer(version, IN_USE);
    if (!isDeleting(version) && !isProtected) await putFinalizer(client, CONTRACT_VERSIONS, version, IN_USE);
    if (!isDeleting(version) || users.of(version).length > 0) return true;
    if (isProtected) await liftFinalizer(client, CONTRACT_VERSIONS, version, IN_USE);
    return false;
  };
  const watches = users.watches().map((watch) => together(watch, COUNTED_EVERY_MS, deps.clock));
  return reportController({ teller, type: CONTRACT_VERSIONS, cache, state, before, verdictsOf, watches }, deps);
}
