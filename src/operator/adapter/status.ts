import type { Adapter } from "../../api/adapter.ts";
import type { WithDefaults } from "../../compile/defaults.ts";
import { usesDeprecated } from "../contractversion/notices.ts";
import type { Users } from "../contractversion/users.ts";
import type { Counts } from "../counts/counts.ts";
import { ADAPTERS } from "../kinds.ts";
import { keyOf } from "../kube/resource.ts";
import type { Cache } from "../manager/cache.ts";
import { type CachedPod, podsOf } from "../pods/pods.ts";
import type { ProgramState } from "../program/state.ts";
import { type ServedObject, type Teller, writeStatus } from "../report/write.ts";
import { type AdapterFacts, adapterVerdicts } from "../status/adapter.ts";
import { type DeploymentFacts, deploymentFacts } from "../status/deployment.ts";
import { podProblem } from "../status/pods.ts";
import { selectorText, workloadNames } from "../workload/names.ts";
import type { MadeCaches, MadeDeployment } from "./made.ts";

/** Where it is found out how an Adapter does, and told. */
export interface StatusParts {
  teller: Teller;
  /** What was made for Adapters. */
  made: MadeCaches;
  /** Pods of Adapters. */
  pods: Cache<CachedPod>;
  /** What the hub tells of Adapters. */
  counts: Pick<Counts, "of" | "report" | "isKnown" | "watch">;
  state: ProgramState;
  users: Pick<Users, "usedBy" | "watchOf">;
}

const cachedDeployment = (
  { metadata }: ServedObject,
  { made }: Pick<StatusParts, "made">,
): MadeDeployment | undefined => {
  const { name, namespace = "default" } = metadata;
  return made.Deployment.get(keyOf({ namespace, name: workloadNames(name).base }));
};

/** Its Deployment as the cache has it. */
export function deploymentOf(object: ServedObject, parts: Pick<StatusParts, "made">): DeploymentFacts | undefined {
  const cached = cachedDeployment(object, parts);
  return cached && deploymentFacts(cached);
}

/** What its reconcile has found out. */
export interface Found extends Pick<
  AdapterFacts,
  "invalid" | "missing" | "refused" | "refusedConfig" | "deployment" | "deleting"
> {
  /** Its class, and what it has from there. */
  byClass?: Partial<Pick<WithDefaults<Adapter>, "class" | "given">>;
}

/** Says in its status how it goes. */
export async function writeAdapterStatus(
  object: ServedObject,
  found: Found,
  parts: StatusParts,
  now: number,
): Promise<void> {
  const { teller, pods, counts, state, users } = parts;
  const key = keyOf(object.metadata);
  const verdicts = adapterVerdicts({
    ...found,
    missing: [...state.missing(object), ...found.missing],
    denied: found.deleting ? undefined : state.judgement(object)?.denied,
    hub: found.deleting ? state.hubOf(object) : state.judgedHubOf(object),
    durable: state.durable,
    deprecated: usesDeprecated(users.usedBy(object), now),
    podProblem: podProblem(podsOf(pods, key)),
  });
  const { replicas = 0, readyReplicas = 0 } = cachedDeployment(object, parts)?.status ?? {};
  const revision = state.revision(object);
  // What an operator before this one has counted stands until this one has.
  const messages = counts.of(key) ?? object.status?.["messages"];
  const { class: holding, given = [] } = found.byClass ?? {};
  const more = {
    replicas,
    readyReplicas,
    selector: selectorText(object.metadata.name),
    ...(revision !== undefined && { revision }),
    ...(messages !== undefined && { messages }),
    ...(holding !== undefined && { class: holding }),
    ...(given.length > 0 && { defaults: given }),
  };
  await writeStatus(teller, ADAPTERS, object, verdicts, more, now);
}
