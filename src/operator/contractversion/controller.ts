import { usersOf } from "../../policy/inuse.ts";
import type { World } from "../../policy/rule.ts";
import type { KubeClient } from "../kube/client.ts";
import { CONTRACT_VERSIONS } from "../kinds.ts";
import type { Cache } from "../manager/cache.ts";
import type { Controller, ControllerDeps } from "../manager/controller.ts";
import type { ProgramState } from "../program/state.ts";
import { reportController } from "../report/controller.ts";
import type { ServedObject } from "../report/write.ts";
import { contractVersionVerdicts } from "../status/contractversion.ts";

export interface ContractVersionParts {
  client: KubeClient;
  contractVersions: Cache<ServedObject>;
  state: ProgramState;
  /** All resources as they are known now. */
  world: () => World;
}

/** Says of each ContractVersion whether it can be used, and by how many it is. */
export function contractVersionController(parts: ContractVersionParts, deps: ControllerDeps): Controller {
  const { client, contractVersions, state, world } = parts;
  const verdictsOf = (version: ServedObject) =>
    contractVersionVerdicts({
      isDeleting: version.metadata.deletionTimestamp !== undefined,
      invalid: state.invalid(version),
      users: usersIn(world(), version.metadata.name),
    });
  return reportController({ client, type: CONTRACT_VERSIONS, cache: contractVersions, state, verdictsOf }, deps);
}

function usersIn(world: World, name: string): string[] {
  const read = world.contractVersions.find(({ metadata }) => metadata.name === name);
  return read === undefined ? [] : usersOf(read.spec, world);
}
