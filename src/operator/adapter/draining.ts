import { namespaceOf } from "../../api/objectmeta.ts";
import type { Clock } from "../../base/clock.ts";
import type { AdapterName } from "../../compile/names.ts";
import type { Cut } from "../../jetstream/waiting.ts";
import type { Log } from "../../telemetry/log.ts";
import type { KubeClient } from "../kube/client.ts";
import { KubeError, isNotFound } from "../kube/failure.ts";
import { type KubeObject, type ResourceType, keyOf } from "../kube/resource.ts";
import type { Programmer } from "../program/programmer.ts";
import type { ProgramState } from "../program/state.ts";
import type { DeploymentFacts } from "../status/deployment.ts";
import type { FinalizeFacts } from "./finalizestep.ts";

/** An Adapter that is being deleted, as the API server has it: defaults are filled in. */
export interface DeletedAdapter extends KubeObject {
  spec?: { drainTimeoutSeconds?: number; deletionPolicy?: string };
}

export interface DrainingDeps {
  client: Pick<KubeClient, "get">;
  state: ProgramState;
  hub: Pick<Programmer, "cutOf" | "waitingFor">;
  clock: Clock;
  log: Log;
}

/** What was seen of an Adapter since its deletion. Times are monotonic. */
interface Seen {
  uid: string | undefined;
  /** When its pods were ready last, or it was first seen. */
  readyAt: number;
  /** Since when the hub has been programmed for it to drain. */
  drainingAt?: number;
  cut?: Cut;
}

const NAMESPACES: ResourceType = {
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  scope: "Cluster",
};
const TIMEOUT_SECONDS = 60;
/** Pods that are not ready for longer will not be in time: something that they need is gone. */
const UNREADY_MS = 10_000;
/** A source has taken its configuration by then and is closed: what it took before is stored and counted. */
const CLOSED_WITHIN_MS = 2000;

/** Finds out how far Adapters are that are being deleted. */
export class Draining {
  readonly #deps: DrainingDeps;
  /** By key. */
  readonly #seen = new Map<string, Seen>();

  constructor(deps: DrainingDeps) {
    this.#deps = deps;
  }

  async look(adapter: DeletedAdapter, deployment: DeploymentFacts | undefined): Promise<FinalizeFacts> {
    const { clock } = this.#deps;
    const { metadata, spec = {} } = adapter;
    const now = clock.monotonic();
    const seen = this.#seenOf(adapter, now);
    const isReady = (deployment?.ready ?? 0) > 0;
    if (isReady) seen.readyAt = now;
    const hub = this.#hubOf(adapter);
    if (hub === "Draining") seen.drainingAt ??= now;
    return {
      discard: spec.deletionPolicy === "Discard",
      elapsedMs: clock.now() - Date.parse(metadata.deletionTimestamp ?? ""),
      timeoutMs: (spec.drainTimeoutSeconds ?? TIMEOUT_SECONDS) * 1000,
      namespaceGoes: await this.#namespaceGoes(namespaceOf({ metadata })),
      podsWork: podsWork(deployment) && now - seen.readyAt < UNREADY_MS,
      hub,
      waiting: hub === "Draining" ? await this.#waiting(adapter, seen, isReady ? now : undefined) : undefined,
    };
  }

  forget(key: string): void {
    this.#seen.delete(key);
  }

  #seenOf({ metadata }: KubeObject, now: number): Seen {
    const key = keyOf(metadata);
    const before = this.#seen.get(key);
    if (before && before.uid === metadata.uid) return before;
    const seen = { uid: metadata.uid, readyAt: now };
    this.#seen.set(key, seen);
    return seen;
  }

  #hubOf(adapter: KubeObject): FinalizeFacts["hub"] {
    const { state } = this.#deps;
    const hub = state.hubOf(adapter).state;
    if (hub === "Unavailable" || hub === "Full") return "Unavailable";
    if (!state.isKnown) return "Before";
    if (!state.has(adapter)) return "Gone";
    return hub === "Pending" ? "Before" : "Draining";
  }

  /** `now`: where there are pods, whose source may not be closed yet. */
  async #waiting({ metadata }: KubeObject, seen: Seen, now: number | undefined): Promise<number | undefined> {
    const { hub, log } = this.#deps;
    const name: AdapterName = { namespace: namespaceOf({ metadata }), name: metadata.name };
    try {
      seen.cut ??= await hub.cutOf(name);
      const waiting = await hub.waitingFor(name, seen.cut);
      const isClosed = now === undefined || now - (seen.drainingAt ?? now) >= CLOSED_WITHIN_MS;
      return waiting > 0 || isClosed ? waiting : undefined;
    } catch (error) {
      // Its time goes on all the same.
      log.warn("what waits for an adapter can't be counted", { resource: keyOf(metadata), error });
      return undefined;
    }
  }

  async #namespaceGoes(name: string): Promise<boolean> {
    try {
      return (await this.#deps.client.get(NAMESPACES, { name })).metadata.deletionTimestamp !== undefined;
    } catch (error) {
      if (isNotFound(error)) return true;
      // Without the right to read namespaces: it is taken for one that stays.
      if (error instanceof KubeError && error.status === 403) return false;
      throw error;
    }
  }
}

/** Pods that are gone, or were never wanted, bring nothing to an end. */
const podsWork = (deployment: DeploymentFacts | undefined): boolean =>
  deployment !== undefined && deployment.wanted > 0 && !(deployment.observed && deployment.total === 0);
