import { namespaceOf } from "../../api/objectmeta.ts";
import { safeReason } from "../../base/errors.ts";
import type { KubeClient } from "../kube/client.ts";
import { DRAIN, liftFinalizer } from "../kube/finalizers.ts";
import { ADAPTERS } from "../kinds.ts";
import { keyOf } from "../kube/resource.ts";
import type { Programmer } from "../program/programmer.ts";
import type { DeploymentFacts } from "../status/deployment.ts";
import { Draining, type DrainingDeps, type DeletedAdapter } from "./draining.ts";
import { type FinalizeFacts, finalizeStep } from "./finalizestep.ts";

export interface FinalizerDeps extends DrainingDeps {
  client: KubeClient;
  hub: Pick<Programmer, "cutOf" | "waitingFor" | "leaveOut" | "discard">;
}

/** What is to be said of an Adapter that is still there. */
export interface DrainStatus {
  /** Messages that wait; undefined where nobody can tell. */
  waiting: number | undefined;
}

/** What is told of a count is that old at most. */
const TOLD_MS = 5000;

/** Lets Adapters go that are being deleted, when they have drained. */
export class Finalizer {
  readonly #deps: FinalizerDeps;
  readonly #draining: Draining;
  /** By key: what was told last, and when (monotonic). */
  readonly #told = new Map<string, DrainStatus & { at: number }>();

  constructor(deps: FinalizerDeps) {
    this.#deps = deps;
    this.#draining = new Draining(deps);
  }

  /** Resolves to undefined when the Adapter is gone, as far as we held it. Otherwise it has to be looked at again soon. */
  async finalize(adapter: DeletedAdapter, deployment: DeploymentFacts | undefined): Promise<DrainStatus | undefined> {
    const facts = await this.#draining.look(adapter, deployment);
    const next = finalizeStep(facts);
    if (next === "Drain") return this.#drainStatus(adapter, facts);
    this.#deps.hub.leaveOut(adapter);
    if (next === "Leave") return this.#drainStatus(adapter, facts);
    if (next === "Discard") await this.#discard(adapter, facts);
    await liftFinalizer(this.#deps.client, ADAPTERS, adapter, DRAIN);
    this.forget(keyOf(adapter.metadata));
    return undefined;
  }

  forget(key: string): void {
    this.#draining.forget(key);
    this.#told.delete(key);
  }

  /** A count that changes with every message is not written each time. */
  #drainStatus({ metadata }: DeletedAdapter, { waiting }: FinalizeFacts): DrainStatus {
    const key = keyOf(metadata);
    const at = this.#deps.clock.monotonic();
    const before = this.#told.get(key);
    if (before?.waiting !== undefined && at - before.at < TOLD_MS) return { waiting: before.waiting };
    this.#told.set(key, { waiting, at });
    return { waiting };
  }

  async #discard({ metadata }: DeletedAdapter, { elapsedMs, timeoutMs, namespaceGoes }: FinalizeFacts): Promise<void> {
    const { hub, log } = this.#deps;
    try {
      await hub.discard({ namespace: namespaceOf({ metadata }), name: metadata.name });
    } catch (error) {
      if (elapsedMs < timeoutMs && !namespaceGoes) throw error;
      log.warn("not discarded in time: what waits stays in the hub", {
        resource: keyOf(metadata),
        reason: safeReason(error),
      });
    }
  }
}
