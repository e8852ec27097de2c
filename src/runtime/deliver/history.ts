import { FINAL_OUTCOMES, type LineageRecord } from "../../api/lineage.ts";

/** What a worker's own records say about messages that may be delivered to it again. Pure. */
export class History {
  readonly #final = new Map<string, Set<string>>();
  readonly #intents = new Map<string, Set<string>>();
  readonly #parked = new Set<string>();

  add(record: LineageRecord): void {
    const { hop, ref, integration = "" } = record;
    if (ref === undefined) return;
    if (hop === "Parked") this.#parked.add(ref);
    if (hop === "Intent") of(this.#intents, ref).add(integration);
    if (hop !== "Delivery") return;
    of(this.#intents, ref).delete(integration);
    if (FINAL_OUTCOMES.has(record.outcome ?? "")) of(this.#final, ref).add(integration);
  }

  /** Delivered, filtered or put aside for this Integration: nothing is left to do. */
  isFinal(ref: string, integration: string): boolean {
    return this.#final.get(ref)?.has(integration) ?? false;
  }

  /** Sent, as far as the records tell, without an outcome: whether it arrived is unknown. */
  isOpen(ref: string, integration: string): boolean {
    return this.#intents.get(ref)?.has(integration) ?? false;
  }

  /** In the PARKED stream: a copy that the hub delivers again is done with. */
  isParked(ref: string): boolean {
    return this.#parked.has(ref);
  }
}

function of(map: Map<string, Set<string>>, key: string): Set<string> {
  let set = map.get(key);
  if (!set) map.set(key, (set = new Set()));
  return set;
}
