import type { Target } from "../adapters/adapter.ts";
import { canonicalJson } from "../base/hash.ts";
import type { AdapterConfig } from "../compile/config.ts";
import type { Deps } from "./deps.ts";
import { Plan } from "./deliver/plan.ts";
import { DeliveryWorker } from "./deliver/worker.ts";
import { createTarget } from "./transport.ts";

/** The half of an adapter that delivers: transport and one worker for each hub domain that its routes read. */
export class TargetSide {
  readonly #deps: Deps;
  readonly #workers = new Map<string, DeliveryWorker>();
  #target: Target;
  #transport: string;

  private constructor(deps: Deps, config: AdapterConfig, target: Target) {
    this.#deps = deps;
    this.#target = target;
    this.#transport = transportOf(config);
  }

  /** Undefined for an adapter without target. Rejects when the configuration does not compile. */
  static async start(deps: Deps, config: AdapterConfig): Promise<TargetSide | undefined> {
    const plan = new Plan(config, deps);
    const target = await createTarget(config.spec, deps);
    if (!target) return undefined;
    const side = new TargetSide(deps, config, target);
    side.#ensureWorkers(config, plan);
    return side;
  }

  get silentForMs(): number {
    return Math.max(0, ...[...this.#workers.values()].map((w) => w.silentForMs));
  }

  /**
   * Makes ready to take over a new configuration; rejects when it can't be run. `take` puts it into effect between two
   * messages, and a changed transport is drained and made anew; `drop` leaves everything as it was.
   */
  async prepare(config: AdapterConfig): Promise<{ take(): Promise<void>; drop(): Promise<void> }> {
    const plan = new Plan(config, this.#deps);
    if (transportOf(config) === this.#transport) return { take: () => this.#take(config, plan), drop: async () => {} };
    const next = await createTarget(config.spec, this.#deps);
    if (!next) throw new Error("a configuration without target");
    const take = async (): Promise<void> => {
      await this.stop();
      this.#target = next;
      this.#transport = transportOf(config);
      await this.#take(config, plan);
    };
    return { take, drop: () => next.close() };
  }

  async #take(config: AdapterConfig, plan: Plan): Promise<void> {
    for (const [domain, worker] of this.#workers) {
      worker.configure(plan);
      if (config.domains.includes(domain)) continue;
      this.#workers.delete(domain);
      await worker.stop();
    }
    this.#ensureWorkers(config, plan);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()));
    this.#workers.clear();
    await this.#target.close();
  }

  #ensureWorkers(config: AdapterConfig, plan: Plan): void {
    for (const domain of config.domains.filter((d) => !this.#workers.has(d))) {
      const worker = new DeliveryWorker(this.#deps, this.#target, domain, plan);
      this.#workers.set(domain, worker);
      worker.start();
    }
  }
}

const transportOf = (config: AdapterConfig): string => {
  const { mllp, fhir, http, file } = config.spec;
  return canonicalJson({ target: mllp?.target ?? fhir?.target ?? http?.target ?? file?.target });
};
