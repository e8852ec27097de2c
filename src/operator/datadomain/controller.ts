import { nameOf } from "../../policy/inuse.ts";
import { governedBy } from "../../policy/ownership/domaininuse.ts";
import type { WorldReader } from "../admission/world.ts";
import { DATA_DOMAINS } from "../kinds.ts";
import type { KubeClient } from "../kube/client.ts";
import { isDeleting } from "../kube/finalizers.ts";
import { keyOf } from "../kube/resource.ts";
import type { Cache } from "../manager/cache.ts";
import type { Controller, ControllerDeps } from "../manager/controller.ts";
import { mapped, specChanged, together } from "../manager/watches.ts";
import type { ProgramState } from "../program/state.ts";
import { reportController } from "../report/controller.ts";
import { keptWhileUsed } from "../report/protect.ts";
import type { ServedObject, Teller } from "../report/write.ts";
import { yes, withProgress } from "../status/conditions.ts";
import { firstOf, inUse, invalidSpec, policyDenied, programmed } from "../status/facts.ts";

export interface DataDomainParts {
  client: KubeClient;
  teller: Teller;
  dataDomains: Cache<ServedObject>;
  contractVersions: Cache<ServedObject>;
  adapters: Cache<ServedObject>;
  reader: WorldReader;
  state: ProgramState;
}

/** Resources that are deleted together are looked through once. */
const TOGETHER_MS = 200;

/** Says of each DataDomain whether it is in effect; keeps one that is deleted while it is in use. */
export function dataDomainController(parts: DataDomainParts, deps: ControllerDeps): Controller {
  const { client, teller, dataDomains, contractVersions, adapters, reader, state } = parts;
  /** Who is being deleted is a user until it is gone; a domain that is, answers for no other. */
  const usersOf = (object: ServedObject) => {
    const [domain] = reader.world({ dataDomains: [object] }).dataDomains;
    const others = {
      dataDomains: dataDomains.list().filter((other) => !isDeleting(other)),
      contractVersions: contractVersions.list(),
      adapters: adapters.list(),
    };
    return domain === undefined ? [] : governedBy(domain, reader.world(others));
  };
  const verdictsOf = (domain: ServedObject) => {
    const judgement = state.judgement(domain);
    const found = firstOf(
      isDeleting(domain) ? inUse(usersOf(domain).map(nameOf)) : undefined,
      invalidSpec(state.invalid(domain)),
      policyDenied(judgement?.denied),
      judgement ? undefined : programmed({ state: "Pending" }),
    );
    return withProgress(found ?? yes("Valid", "its rules hold"));
  };
  const before = keptWhileUsed<ServedObject>(client, DATA_DOMAINS, (domain) => usersOf(domain).length > 0);
  const leaving = () =>
    dataDomains
      .list()
      .filter(isDeleting)
      .map(({ metadata }) => keyOf(metadata));
  const watches = [dataDomains, contractVersions, adapters].map((cache) =>
    together(mapped(cache, leaving, { when: specChanged }), TOGETHER_MS, deps.clock),
  );
  return reportController({ teller, type: DATA_DOMAINS, cache: dataDomains, state, before, verdictsOf, watches }, deps);
}
