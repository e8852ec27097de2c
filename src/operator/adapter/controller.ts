import { adapterKind } from "../../api/adapter-kind.ts";
import type { Adapter } from "../../api/adapter.ts";
import type { Resource } from "../../compile/resources.ts";
import { safeReason } from "../../base/errors.ts";
import { withDefaults } from "../../compile/defaults.ts";
import type { WorldReader } from "../admission/world.ts";
import { readResource } from "../admission/resource.ts";
import type { KubeClient } from "../kube/client.ts";
import { KubeError } from "../kube/failure.ts";
import { ADAPTERS } from "../kinds.ts";
import type { Happening } from "../kube/events.ts";
import { DRAIN, hasFinalizer, isDeleting, putFinalizer } from "../kube/finalizers.ts";
import { type KubeObject, keyOf } from "../kube/resource.ts";
import type { Cache } from "../manager/cache.ts";
import { Controller, type ControllerDeps, type Result } from "../manager/controller.ts";
import { type Watch, mapped, own, owned, specChanged } from "../manager/watches.ts";
import { podsWatch } from "../pods/pods.ts";
import { domainsOf, domainsWatch } from "../credentials/domains.ts";
import { holderOf } from "../credentials/holder.ts";
import type { Issued } from "../credentials/issue.ts";
import type { CredentialState } from "../credentials/state.ts";
import type { Reason } from "../status/reasons.ts";
import { missingSecrets } from "../status/secrets.ts";
import type { ServedObject } from "../report/write.ts";
import { workloadNames } from "../workload/names.ts";
import type { ServedAdapter } from "../workload/object.ts";
import type { WorkloadSettings } from "../workload/settings.ts";
import { type Workload, credentialsSecretOf, keysSecretOf, workloadOf } from "../workload/workload.ts";
import { withSecrets } from "./found.ts";
import { Keeper } from "./keeper.ts";
import { Finalizer, type FinalizerDeps } from "./finalizer.ts";
import type { Made, MadeCaches } from "./made.ts";
import { type StatusParts, deploymentOf, writeAdapterStatus } from "./status.ts";

export interface AdapterParts extends StatusParts {
  client: KubeClient;
  adapters: Cache<ServedObject>;
  /** Of all of them: their domains are part of what adapters may do on NATS. */
  contractVersions: Cache<ServedObject>;
  /** Of all of them: what Adapters leave out, their classes say. */
  adapterClasses: Cache<ServedObject>;
  reader: WorldReader;
  hub: FinalizerDeps["hub"];
  credentials: CredentialState;
  settings: WorkloadSettings;
  /** The installation's keys, as pods read them. */
  keys: string;
}

interface Parts extends AdapterParts {
  keeper: Keeper;
  finalizer: Finalizer;
}

/** Makes for each Adapter what runs it, and says how that goes. */
export function adapterController(options: AdapterParts, deps: ControllerDeps): Controller {
  const { client, teller, adapters, contractVersions, adapterClasses, made, pods, counts, state, credentials, users } =
    options;
  const tell = (adapter: ServedAdapter, happening: Happening) =>
    teller.events.record(ADAPTERS, adapter as KubeObject, happening);
  const keeper = new Keeper({ client, caches: made, clock: deps.clock, tell });
  const parts = { ...options, keeper, finalizer: new Finalizer({ ...deps, ...options }) };
  const everyAdapter = () => adapters.list().map(({ metadata }) => keyOf(metadata));
  const watches = [
    own(adapters, { when: specChanged }),
    ...watchesOf(made),
    podsWatch(pods),
    counts.watch,
    state.watch(adapters),
    credentials.watch(adapters),
    users.watchOf(adapters),
    domainsWatch(contractVersions, everyAdapter),
    mapped(adapterClasses, everyAdapter, { when: specChanged }),
  ];
  const reconcile = async (key: string): Promise<Result> => {
    const object = adapters.get(key);
    if (!object || isDeleting(object)) {
      keeper.forget(key);
      credentials.forget(key);
    }
    if (!object) parts.finalizer.forget(key);
    else if (isDeleting(object)) return finalize(object, parts, deps.clock.now());
    else {
      if (!hasFinalizer(object, DRAIN)) await putFinalizer(client, ADAPTERS, object, DRAIN);
      if (hadTrouble(object) && !counts.isKnown) return { requeueAfterMs: SOON_MS };
      if (state.isKnown && credentials.issuer)
        return { requeueAfterMs: await reconcileAdapter(object, parts, deps.clock.now()) };
    }
    return {};
  };
  return new Controller({ name: "adapter", watches, reconcile }, deps);
}

/** Until the hub has told what this one reports: what an operator before this one has said is not taken back. */
const SOON_MS = 200;

const REPORTED: ReadonlySet<string> = new Set<Reason>(["SecretMissing", "ConfigurationRefused"]);
const hadTrouble = ({ status }: ServedObject): boolean =>
  status?.conditions?.some(({ reason }) => REPORTED.has(reason)) === true;

/** Of Deployments also how far they are; of the rest only that somebody changed them. */
function watchesOf({ Deployment, ...others }: MadeCaches): Watch[] {
  const when = (object: Made, old: Made) => object.fingerprint !== old.fingerprint;
  return [owned(Deployment, ADAPTERS), ...Object.values(others).map((cache) => owned(cache, ADAPTERS, { when }))];
}

const DRAINING_AGAIN_MS = 1000;

/** What was made for it is left alone, and goes with it: it is its owner. */
async function finalize(object: ServedObject, parts: Parts, now: number): Promise<Result> {
  if (!hasFinalizer(object, DRAIN)) return {};
  const deployment = deploymentOf(object, parts);
  const deleting = await parts.finalizer.finalize(object, deployment);
  if (deleting === undefined) return {};
  await writeAdapterStatus(object, { invalid: [], missing: [], deployment, deleting }, parts, now);
  return { requeueAfterMs: DRAINING_AGAIN_MS };
}

/** Resolves to when it has to be reconciled again at the latest, milliseconds. */
async function reconcileAdapter(object: ServedObject, parts: Parts, now: number): Promise<number> {
  const { credentials, counts, state } = parts;
  const judgement = state.judgement(object);
  const { goesOn = true, instead } = judgement?.denied ?? {};
  const written = served(object, instead);
  const classes = parts.reader.world({ adapterClasses: parts.adapterClasses.list() }).adapterClasses;
  const { adapter, ...byClass } = written ? withDefaults(written, classes) : { adapter: undefined };
  const workload = adapter && workloadOf(adapter, credentials.settings(parts.settings));
  const issued = adapter && issuedTo(object, parts, now);
  const invalid = [...state.invalid(object), ...(workload?.problems ?? [])];
  // Nothing is made for it, credentials neither, before the rules have nothing against it: what stood before goes on.
  const isAllowed = judgement !== undefined && (goesOn || instead !== undefined);
  const mayBeMade = invalid.length === 0 && isAllowed;
  const kept = adapter && workload && mayBeMade ? await keep(adapter, workload, issued, parts) : NOTHING_KEPT;
  const deployment = deploymentOf(object, parts);
  const base = workloadNames(object.metadata.name).base;
  const isBehind =
    adapter !== undefined && mayBeMade && !parts.keeper.isSeen(adapter, { kind: "Deployment", name: base });
  const report = counts.report(keyOf(object.metadata));
  const found = {
    invalid,
    missing: adapter ? missingSecrets(adapter.spec, report.secrets) : [],
    refused: kept.refused,
    // Of a configuration that it is not handed any more nothing need be said.
    refusedConfig: report.revision === state.revision(object) ? report.reason : undefined,
    byClass,
    // What was applied a moment ago is not in the cache yet, whose pods are those of before.
    deployment: deployment && { ...deployment, ...(isBehind && { observed: false }) },
  };
  await writeAdapterStatus(object, found, parts, now);
  return Math.min(kept.againAfterMs, (issued?.period.to ?? Number.POSITIVE_INFINITY) - now);
}

/** Its NATS credentials, should there be any. */
const issuedTo = ({ metadata }: ServedObject, { contractVersions, credentials }: Parts, now: number) =>
  credentials.issue(holderOf(metadata, domainsOf(contractVersions)), now);

/** As a resource with its defaults, by the spec `instead`; undefined where it can't be read, which its problems tell. */
function served(object: ServedObject, instead: Resource["spec"] | undefined): ServedAdapter | undefined {
  const { resource } = readResource(adapterKind, object);
  const { namespace = "default", uid = "" } = object.metadata;
  const adapter = resource as Adapter | undefined;
  const spec = instead as Adapter["spec"] | undefined;
  return adapter && { ...adapter, ...(spec && { spec }), metadata: { ...adapter.metadata, namespace, uid } };
}

/** What came of its objects. */
interface Kept {
  /** Why the API server refuses one, where it does. */
  refused?: string;
  againAfterMs: number;
}

/** A refusal may pass without anything that we hear of: a quota is raised, a webhook mended. */
const REFUSED_AGAIN_MS = 60_000;
const NOTHING_KEPT: Kept = { againAfterMs: 600_000 };

/** Rejects where trying again soon may help. */
async function keep(
  adapter: ServedAdapter,
  { objects, absent }: Workload,
  issued: Issued | undefined,
  parts: Parts,
): Promise<Kept> {
  const secrets = [keysSecretOf(adapter, parts.keys), ...(issued ? [credentialsSecretOf(adapter, issued.data)] : [])];
  try {
    return { againAfterMs: await parts.keeper.keep(adapter, { objects: withSecrets(secrets, objects), absent }) };
  } catch (error) {
    if (error instanceof KubeError && (error.status === 403 || error.status === 422))
      return { refused: safeReason(error), againAfterMs: REFUSED_AGAIN_MS };
    throw error;
  }
}
