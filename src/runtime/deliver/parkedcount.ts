import { adapterRef } from "../../compile/names.ts";
import type { Deps } from "../deps.ts";

/** How much waits in PARKED, told in the metric. */
export class ParkedCount {
  readonly #deps: Pick<Deps, "adapter" | "metrics">;
  #count = 0;

  constructor(deps: Pick<Deps, "adapter" | "metrics">) {
    this.#deps = deps;
  }

  add(difference: number): void {
    this.#count = Math.max(0, this.#count + difference);
    this.#deps.metrics.parked.set({ adapter: adapterRef(this.#deps.adapter) }, this.#count);
  }
}
