import type { AdapterConfig } from "../../compile/config.ts";
import { adapterRef } from "../../compile/names.ts";
import { shortened } from "../../telemetry/fields.ts";
import type { Deps } from "../deps.ts";
import { type Ending, endingsOf, nextEnding } from "./endings.ts";

type WatchDeps = Pick<Deps, "adapter" | "clock" | "health" | "log" | "metrics">;

/** Longer than this no timer can wait. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Tells, at the instant at which it becomes so, which contract versions an adapter uses past their end: in the log, once
 * each; in a metric and beside readiness, for as long as it is so. It holds nothing: whoever handles messages knows.
 */
export class EndingWatch {
  readonly #deps: WatchDeps;
  #config: AdapterConfig | undefined;
  #told = new Map<string, Ending>();
  #cancel = (): void => {};

  constructor(deps: WatchDeps) {
    this.#deps = deps;
  }

  /** From now on about that configuration; undefined: nothing runs, and nothing is told. */
  configure(config: AdapterConfig | undefined): void {
    this.#config = config;
    this.#look();
  }

  #look(): void {
    this.#cancel();
    const now = this.#deps.clock.now();
    const endings = this.#config ? endingsOf(this.#config, now) : [];
    this.#tell(new Map(endings.map((ending) => [nameOf(ending), ending])));
    const next = this.#config ? nextEnding(this.#config, now) : Number.POSITIVE_INFINITY;
    if (!Number.isFinite(next)) return;
    this.#cancel = this.#deps.clock.after(Math.min(next - now, LONGEST_MS), () => this.#look());
  }

  #tell(endings: Map<string, Ending>): void {
    const { health, metrics } = this.#deps;
    const before = this.#told;
    this.#told = endings;
    for (const [name, ending] of before) if (!endings.has(name)) this.#over(ending);
    for (const ending of before.values()) metrics.contractEnded.remove(this.#labels(ending));
    for (const ending of endings.values()) metrics.contractEnded.set(this.#labels(ending), 1);
    for (const [name, ending] of endings) if (before.get(name)?.reason !== ending.reason) this.#begun(ending);
    if (endings.size === 0) health.forget(this.#component);
    else health.note(this.#component, [...new Set([...endings.values()].map(({ reason }) => reason))].join("; "));
  }

  #begun({ passage, contract, version, integration, reason }: Ending): void {
    const fields = { adapter: adapterRef(this.#deps.adapter), contract, version, integration };
    if (passage === "Held") this.#deps.log.warn("messages wait", { ...fields, reason: shortened(reason) });
    else this.#deps.log.warn("contract has ended", { ...fields, reason: shortened(reason) });
  }

  #over({ passage, contract, version, integration }: Ending): void {
    if (passage !== "Held") return;
    const adapter = adapterRef(this.#deps.adapter);
    this.#deps.log.info("messages wait no more", { adapter, contract, version, integration });
  }

  #labels({ contract, version, passage }: Ending) {
    return { adapter: adapterRef(this.#deps.adapter), contract, version, passage };
  }

  get #component(): string {
    return `contracts of adapter ${adapterRef(this.#deps.adapter)}`;
  }
}

const nameOf = ({ passage, contract, version, integration = "" }: Ending): string =>
  [passage, contract, version, integration].join(" ");
