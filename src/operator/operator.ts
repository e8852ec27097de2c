import { AuditTrail } from "../jetstream/audit/trail.ts";
import { type HubAddress, closeHub, connectHub } from "../jetstream/hub.ts";
import type { Health } from "../telemetry/health.ts";
import { adapterController } from "./adapter/controller.ts";
import { adapterClassController } from "./adapterclass/controller.ts";
import { madeCaches } from "./adapter/made.ts";
import { accessReview } from "./admission/access.ts";
import { Admission, type AdmissionOptions } from "./admission/admission.ts";
import { WorldReader } from "./admission/world.ts";
import { windowsOf } from "./contractversion/life.ts";
import { contractVersionController } from "./contractversion/controller.ts";
import { Users, byContract } from "./contractversion/users.ts";
import { Counts } from "./counts/counts.ts";
import { dataDomainController } from "./datadomain/controller.ts";
import { integrationController } from "./integration/controller.ts";
import { IssuerFollower } from "./credentials/follower.ts";
import type { Issuer } from "./credentials/issue.ts";
import { CredentialState } from "./credentials/state.ts";
import { type UsersOptions, usersController } from "./credentials/users.ts";
import { keysKeeper } from "./keyskeeper.ts";
import { policyExceptionController } from "./policyexception/controller.ts";
import {
  ADAPTERS,
  ADAPTER_CLASSES,
  CONTRACT_VERSIONS,
  DATA_DOMAINS,
  INTEGRATIONS,
  POLICY_EXCEPTIONS,
} from "./kinds.ts";
import type { KubeClient } from "./kube/client.ts";
import { EventRecorder } from "./kube/events.ts";
import { keyOf } from "./kube/resource.ts";
import { Cache } from "./manager/cache.ts";
import type { ControllerDeps } from "./manager/controller.ts";
import { Elector } from "./manager/elector.ts";
import type { ManagerParts } from "./manager/manager.ts";
import { type CachedPod, podsCached } from "./pods/pods.ts";
import { mendedByAdapter } from "./program/mended.ts";
import { type HubStore, Programmer } from "./program/programmer.ts";
import { ProgramState } from "./program/state.ts";
import type { ServedObject } from "./report/write.ts";
import { MADE_HERE } from "./workload/names.ts";
import type { WorkloadSettings } from "./workload/settings.ts";

export interface OperatorOptions {
  /** Lease by which one of several operators leads. */
  lease: { namespace: string; name: string };
  /** This process, unique. */
  identity: string;
  hub: HubAddress;
  /** What is known of the server's store; asked whenever the hub is connected to. */
  lookAtStore(): Promise<HubStore>;
  /** Who issues adapters' credentials; asked again and again. Without it, they connect without. */
  readIssuer?: () => Promise<Issuer>;
  /** Where adapters may be users of the server's own configuration: what is written for its administrator. */
  plainUsers?: Pick<UsersOptions, "secret" | "own">;
  /** Copies of each stream. */
  replicas: number;
  /** Whose Adapters and Integrations are looked after; none: all. */
  namespaces?: readonly string[];
  settings: WorkloadSettings;
  /** Without it, nothing is judged at admission. */
  webhook?: Omit<AdmissionOptions, "world" | "access" | "audit">;
  /** The installation's keys, as pods read them. */
  keys: string;
  /** Resolves to what is in the operator's Secret of them, made again of `keys` where somebody deleted it. */
  keepKeys?: () => Promise<string>;
}

export interface OperatorDeps extends ControllerDeps {
  client: KubeClient;
  health: Health;
}

/** `namespaces` (none: all) are those of Adapters, Integrations and PolicyExceptions; the other kinds are in none. */
const resourceCaches = (namespaces: readonly string[] | undefined, deps: OperatorDeps) => ({
  dataDomains: new Cache<ServedObject>({ type: DATA_DOMAINS }, deps),
  adapterClasses: new Cache<ServedObject>({ type: ADAPTER_CLASSES }, deps),
  contractVersions: new Cache<ServedObject>({ type: CONTRACT_VERSIONS, indexes: byContract }, deps),
  adapters: new Cache<ServedObject>({ type: ADAPTERS, namespaces, indexes: byContract }, deps),
  integrations: new Cache<ServedObject>({ type: INTEGRATIONS, namespaces, indexes: byContract }, deps),
  policyExceptions: new Cache<ServedObject>({ type: POLICY_EXCEPTIONS, namespaces }, deps),
});

/** What caches hold, by the same names. */
const listed = <Name extends string>(
  caches: Record<Name, Cache<ServedObject>>,
): Record<Name, readonly ServedObject[]> =>
  Object.fromEntries(
    Object.entries<Cache<ServedObject>>(caches).map(([name, cache]) => [name, cache.list()]),
  ) as Record<Name, readonly ServedObject[]>;

const nobody = (): Promise<Issuer> => Promise.resolve({ kind: "None" });

/** Everything that the operator is, ready to be run by `runManager`. */
export function operatorParts(options: OperatorOptions, deps: OperatorDeps): ManagerParts {
  const { settings, keys, namespaces } = options;
  const resources = resourceCaches(namespaces, deps);
  const { adapterClasses, contractVersions, adapters, integrations, policyExceptions } = resources;
  const made = madeCaches(namespaces, deps);
  const pods = new Cache<CachedPod>({ ...podsCached, namespaces, labelSelector: MADE_HERE }, deps);
  const elector = new Elector({ lease: options.lease, identity: options.identity }, deps);
  const client = deps.client.fenced(() => elector.holds());
  const events = new EventRecorder({ ...deps, client, instance: options.identity });
  const teller = { client, events };
  const reader = new WorldReader();
  const state = new ProgramState();
  const users = new Users(resources, reader, deps.clock);
  const credentials = new CredentialState();
  const mended = (names: readonly string[]): void => {
    for (const { adapter, happening } of mendedByAdapter(names)) {
      const object = adapters.get(keyOf(adapter));
      if (object) events.record(ADAPTERS, object, happening);
    }
  };
  const connection = { open: () => connectHub(options.hub, "fascia_audit"), close: closeHub };
  const audit = new AuditTrail({ ...connection, replicas: options.replicas }, deps);
  const programmer = new Programmer({ ...options, caches: resources, reader, mended, state, audit }, deps);
  const world = () => reader.world(listed(resources));
  deps.metrics.contractWindows.ask(() => windowsOf(world().contractVersions, deps.clock.now()));
  const counts = new Counts(() => programmer.hub, deps);
  return {
    caches: [...Object.values(resources), ...Object.values(made), pods],
    servers: [
      audit,
      ...(options.webhook === undefined
        ? []
        : [new Admission({ ...options.webhook, world, access: accessReview(deps.client), audit }, deps)]),
    ],
    elector,
    controllers: [
      new IssuerFollower({ read: options.readIssuer ?? nobody, state: credentials, ...deps }),
      ...(options.keepKeys ? [keysKeeper({ keys, keep: options.keepKeys, ...deps })] : []),
      programmer,
      counts,
      adapterController(
        {
          ...resources,
          client,
          teller,
          made,
          pods,
          counts,
          state,
          hub: programmer,
          credentials,
          settings,
          keys,
          users,
          reader,
        },
        deps,
      ),
      policyExceptionController({ teller, policyExceptions, reader, state }, deps),
      integrationController({ teller, integrations, state, users }, deps),
      adapterClassController({ teller, adapterClasses, adapters, reader, state }, deps),
      dataDomainController({ ...resources, client, teller, reader, state }, deps),
      contractVersionController(
        { client, teller, contractVersions, state, users, policyExceptions, reader, board: counts.drift },
        deps,
      ),
      ...(options.plainUsers
        ? [usersController({ ...options.plainUsers, client, contractVersions, adapters, credentials }, deps)]
        : []),
    ],
  };
}
