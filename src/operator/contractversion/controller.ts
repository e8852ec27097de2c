import type { ContractVersion } from "../../api/contractversion.ts";
import { contractVersionKind } from "../../api/contractversion-kind.ts";
import { usersOf } from "../../policy/inuse.ts";
import type { World } from "../../policy/rule.ts";
import type { KubeClient } from "../kube/client.ts";
import { CONTRACT_VERSIONS } from "../kinds.ts";
import type { Cache } from "../manager/cache.ts";
import { Controller, type ControllerDeps } from "../manager/controller.ts";
import { own, specChanged } from "../manager/watches.ts";
import type { ProgramState } from "../program/state.ts";
import { contractVersionVerdicts } from "../status/contractversion.ts";
import { type ServedObject, writeStatus } from "../status/write.ts";

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
  const watches = [own(contractVersions, { when: specChanged }), state.watch(contractVersions)];
  return new Controller(
    {
      name: "contractversion",
      watches,
      reconcile: async (key) => {
        const version = contractVersions.get(key);
        if (!version || !state.isKnown) return {};
        const verdicts = contractVersionVerdicts({
          isDeleting: version.metadata.deletionTimestamp !== undefined,
          invalid: state.invalid(contractVersionKind.kind, version),
          users: usersIn(world(), key),
        });
        await writeStatus(client, CONTRACT_VERSIONS, version, verdicts, {}, deps.clock.now());
        return {};
      },
    },
    deps,
  );
}

function usersIn(world: World, name: string): string[] {
  const read = world.contractVersions.find((version: ContractVersion) => version.metadata.name === name);
  return read === undefined ? [] : usersOf(read.spec, world);
}
