import { nameOf } from "../../policy/inuse.ts";
import { ADAPTERS, CONTRACT_VERSIONS, INTEGRATIONS } from "../kinds.ts";
import type { KubeClient } from "../kube/client.ts";
import { IN_USE, hasFinalizer, isDeleting, liftFinalizer, putFinalizer } from "../kube/finalizers.ts";
import type { KubeObject } from "../kube/resource.ts";
import type { Cache } from "../manager/cache.ts";
import type { Controller, ControllerDeps } from "../manager/controller.ts";
import { together } from "../manager/watches.ts";
import type { ProgramState } from "../program/state.ts";
import { type Also, reportController } from "../report/controller.ts";
import type { ServedObject, Teller } from "../report/write.ts";
import { contractVersionVerdicts } from "../status/contractversion.ts";
import { type Life, lifeOf, nextLook } from "./life.ts";
import { noticeDue } from "./notices.ts";
import type { Users } from "./users.ts";

type ServedVersion = ServedObject & { status?: Partial<Life> };

export interface ContractVersionParts {
  client: KubeClient;
  teller: Teller;
  contractVersions: Cache<ServedVersion>;
  state: ProgramState;
  users: Users;
}

const TYPES = { Adapter: ADAPTERS, Integration: INTEGRATIONS };

/** Many resources that use one version are often applied at once; counting them once is enough. */
const COUNTED_EVERY_MS = 500;

/** Says of each ContractVersion whether it can be used, and by how many it is; keeps one that is deleted while it is. */
export function contractVersionController(parts: ContractVersionParts, deps: ControllerDeps): Controller {
  const { client, teller, contractVersions: cache, state, users } = parts;
  const verdictsOf = (version: ServedVersion) =>
    contractVersionVerdicts({
      isDeleting: isDeleting(version),
      invalid: state.invalid(version),
      users: users.of(version).map(nameOf),
    });
  const also = (version: ServedVersion, now: number): Also => {
    const read = users.read(version);
    // What can't be read keeps what was known of it.
    if (!read) return { status: remembered(version) };
    const using = users.of(version);
    const status = { ...lifeOf(read, using, version.status?.uses ?? [], now) };
    const notice = noticeDue(read, version.status ?? {}, now);
    const tell = () =>
      using.forEach((user) => notice && teller.events.record(TYPES[user.kind], user as KubeObject, notice));
    return { status, tell, againAfterMs: nextLook(read, now) };
  };
  const before = async (version: ServedVersion): Promise<boolean> => {
    const isProtected = hasFinalizer(version, IN_USE);
    if (!isDeleting(version) && !isProtected) await putFinalizer(client, CONTRACT_VERSIONS, version, IN_USE);
    if (!isDeleting(version) || users.of(version).length > 0) return true;
    if (isProtected) await liftFinalizer(client, CONTRACT_VERSIONS, version, IN_USE);
    return false;
  };
  const watches = users.watches().map((watch) => together(watch, COUNTED_EVERY_MS, deps.clock));
  return reportController({ teller, type: CONTRACT_VERSIONS, cache, state, before, verdictsOf, also, watches }, deps);
}

function remembered({ status = {} }: ServedVersion): Partial<Life> {
  const { phase, useCount, daysLeft, uses } = status;
  return { ...(phase && { phase, useCount, daysLeft, uses }) };
}
