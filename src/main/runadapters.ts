import { safeReason } from "../base/errors.ts";
import { type AdapterName, adapterRef } from "../compile/names.ts";
import type { ControlPlane } from "../standalone/controlplane.ts";
import { type ProcessParts, RunningAdapter } from "./process.ts";

/** The adapters of this process, started and stopped as the manifests say. */
export class RunAdapters {
  readonly #parts: ProcessParts;
  readonly #controlPlane: ControlPlane;
  readonly #without: Set<string>;
  readonly #running = new Map<string, RunningAdapter>();

  constructor(parts: ProcessParts, controlPlane: ControlPlane, without: Set<string>) {
    this.#parts = parts;
    this.#controlPlane = controlPlane;
    this.#without = without;
  }

  async follow(wanted: AdapterName[]): Promise<void> {
    const names = new Set(wanted.map(adapterRef));
    const gone = [...this.#running].filter(([name]) => !names.has(name));
    await Promise.all(gone.map(([name, adapter]) => this.#stop(name, adapter)));
    const fresh = wanted.filter((a) => !this.#running.has(adapterRef(a)) && !this.#without.has(a.name));
    await Promise.all(fresh.map((adapter) => this.#start(adapter)));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running].map(([name, adapter]) => this.#stop(name, adapter)));
  }

  /** One adapter that can't start, e.g. because its port is taken, must not keep the others from running. */
  async #start(adapter: AdapterName): Promise<void> {
    try {
      this.#running.set(
        adapterRef(adapter),
        await RunningAdapter.start(adapter, this.#parts, this.#controlPlane.configs),
      );
    } catch (error) {
      this.#parts.log.error("adapter not started", { adapter: adapterRef(adapter), reason: safeReason(error), error });
    }
  }

  async #stop(name: string, adapter: RunningAdapter): Promise<void> {
    this.#running.delete(name);
    await adapter.stop();
  }
}
