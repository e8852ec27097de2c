import { FINAL_OUTCOMES, type LineageRecord, saysAnything } from "../../api/lineage.ts";

/** What a worker's own records say about messages that may be delivered to it again. Pure. */
export class History {
  readonly #final = new Map<string, Set<string>>();
  readonly #intents = new Map<string, Set<string>>();
  readonly #parked = new Set<string>();
  readonly #told = new Map<string, number>();

  /** `sequence`: of the commit that the record is part of. */
  add(record: LineageRecord, sequence = 0): void {
    const { hop, ref, integration = "", settled = [] } = record;
    if (ref === undefined) return;
    if (saysAnything(record)) this.#told.set(ref, sequence);
    for (const other of settled) of(this.#final, ref).add(other);
    if (hop === "Parked") this.#parked.add(ref);
    if (hop === "Intent") of(this.#intents, ref).add(integration);
    if (hop !== "Delivery") return;
    of(this.#intents, ref).delete(integration);
    if (FINAL_OUTCOMES.has(record.outcome ?? "")) of(this.#final, ref).add(integration);
  }

  /** The last commit that told of it anything that has to be known; undefined for none. */
  toldBy(ref: string): number | undefined {
    return this.#told.get(ref);
  }

  /** Integrations for which it was delivered, filtered or put aside: nothing is left to do. */
  settled(ref: string): Iterable<string> {
    return this.#final.get(ref) ?? [];
  }

  /** Integrations for which it was sent, as far as the records tell, without an outcome: whether it arrived is unknown. */
  open(ref: string): Iterable<string> {
    return this.#intents.get(ref) ?? [];
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
