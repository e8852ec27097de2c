import { nameOf } from "../../policy/inuse.ts";
import type { WorldReader } from "../admission/world.ts";
import { ADAPTERS, CONTRACT_VERSIONS, INTEGRATIONS } from "../kinds.ts";
import type { KubeClient } from "../kube/client.ts";
import { isDeleting } from "../kube/finalizers.ts";
import { type KubeObject, keyOf } from "../kube/resource.ts";
import type { Cache } from "../manager/cache.ts";
import type { Controller, ControllerDeps } from "../manager/controller.ts";
import { mapped, together } from "../manager/watches.ts";
import type { ProgramState } from "../program/state.ts";
import { type Also, reportController } from "../report/controller.ts";
import { keptWhileUsed } from "../report/protect.ts";
import type { ServedObject, Teller } from "../report/write.ts";
import { contractVersionVerdicts } from "../status/contractversion.ts";
import type { DriftBoard } from "../counts/driftboard.ts";
import { type DriftStatus, driftKey, driftNews, driftOf } from "./drift.ts";
import { exemptionsAt } from "./exemptions.ts";
import { type Life, lifeOf, nextLook } from "./life.ts";
import { noticeDue } from "./notices.ts";
import type { Users } from "./users.ts";

type ServedVersion = ServedObject & { status?: Partial<Life & DriftStatus> };

export interface ContractVersionParts {
  client: KubeClient;
  teller: Teller;
  contractVersions: Cache<ServedVersion>;
  state: ProgramState;
  users: Users;
  policyExceptions: Cache<ServedObject>;
  reader: WorldReader;
  board: DriftBoard;
}

const TYPES = { Adapter: ADAPTERS, Integration: INTEGRATIONS };

/** Many resources that use one version are often applied at once; counting them once is enough. */
const COUNTED_EVERY_MS = 500;

/** Says of each ContractVersion whether it can be used, and by how many it is; keeps one that is deleted while it is. */
export function contractVersionController(parts: ContractVersionParts, deps: ControllerDeps): Controller {
  const { client, teller, contractVersions: cache, state, users, policyExceptions, reader, board } = parts;
  const verdictsOf = (version: ServedVersion) =>
    contractVersionVerdicts({
      isDeleting: isDeleting(version),
      invalid: state.invalid(version),
      denied: state.judgement(version)?.denied,
      hub: state.judgedHubOf(version),
      users: users.of(version).map(nameOf),
    });
  const also = (version: ServedVersion, now: number): Also => {
    const read = users.read(version);
    // What can't be read keeps what was known of it.
    if (!read) return { status: remembered(version) };
    const using = users.of(version);
    const life = lifeOf(read, using, version.status?.uses ?? [], now);
    const exempted = exemptionsAt(
      reader.world({ policyExceptions: policyExceptions.list() }).policyExceptions,
      life.phase,
      now,
    );
    const { name } = version.metadata;
    const drift = driftOf(board.of(name), using, now);
    const shown = board.isKnown ? drift.status : driftRemembered(version);
    const status = { ...life, ...shown, ...(exempted.length > 0 && { exempted }) };
    const notice = noticeDue(read, version.status ?? {}, now);
    const news = driftNews(read, drift.seen, { before: version.status?.drift ?? [], told: board.told(name) }, now);
    const tell = () => {
      using.forEach((user) => notice && teller.events.record(TYPES[user.kind], user as KubeObject, notice));
      if (news) teller.events.record(CONTRACT_VERSIONS, version, news);
      board.tellNoMore(name, drift.seen.map(driftKey));
    };
    return { status, tell, againAfterMs: nextLook(read, now) };
  };
  const before = keptWhileUsed<ServedVersion>(client, CONTRACT_VERSIONS, (version) => users.of(version).length > 0);
  const everyVersion = () => cache.list().map(({ metadata }) => keyOf(metadata));
  const watches = [
    ...users.watches().map((watch) => together(watch, COUNTED_EVERY_MS, deps.clock)),
    mapped(policyExceptions, everyVersion),
    board.watch(everyVersion),
  ];
  return reportController({ teller, type: CONTRACT_VERSIONS, cache, state, before, verdictsOf, also, watches }, deps);
}

function remembered(version: ServedVersion): Partial<Life & DriftStatus> {
  const { phase, useCount, daysLeft, uses } = version.status ?? {};
  return { ...(phase && { phase, useCount, daysLeft, uses }), ...driftRemembered(version) };
}

function driftRemembered({ status = {} }: ServedVersion): Partial<DriftStatus> {
  const { driftCount, drift } = status;
  return { ...(drift && { driftCount, drift }) };
}
