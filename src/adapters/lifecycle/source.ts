import { type LifecycleEvent, cloudEventOf, eventsDue, idOf } from "../../policy/lifecycle/events.ts";
import type { Receive, Received, Source, SourceDeps } from "../adapter.ts";
import { untilStored } from "../patience.ts";

/** Wall clocks are set right: the clock is looked at this often. */
const LOOK_MS = 600_000;

/**
 * Tells what becomes of contract versions, by the calendar that its configuration has: no operator is needed when an
 * instant comes. What happened in the 30 days before it started is told again, and known again in RAW, which remembers it
 * for longer: so each event is told once, over restarts and by however many processes.
 */
export function createLifecycleSource(deps: SourceDeps): Source {
  return new LifecycleSource(deps);
}

class LifecycleSource implements Source {
  readonly #deps: SourceDeps;
  readonly #over = new AbortController();
  readonly #told = new Set<string>();
  #running: Promise<void> = Promise.resolve();

  constructor(deps: SourceDeps) {
    this.#deps = deps;
  }

  start(receive: Receive): Promise<string> {
    this.#running = this.#run(receive);
    return Promise.resolve("lifecycle");
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#running;
  }

  async #run(receive: Receive): Promise<void> {
    const { clock, calendar = [] } = this.#deps;
    while (!this.#over.signal.aborted) {
      const { due, next } = eventsDue(calendar, clock.now());
      for (const event of due) await this.#tell(event, receive);
      const left = next === undefined ? LOOK_MS : next - clock.now();
      await clock.sleep(Math.min(Math.max(left, 0), LOOK_MS), this.#over.signal);
    }
  }

  async #tell(event: LifecycleEvent, receive: Receive): Promise<void> {
    const id = idOf(event);
    if (this.#told.has(id)) return;
    const { clock, log } = this.#deps;
    const failed = (reason: string, attempt: number) => log.warn("lifecycle event not stored", { reason, attempt });
    const receipt = await untilStored(messageOf(event, id), receive, { clock, signal: this.#over.signal, failed });
    if (receipt === undefined) return;
    this.#told.add(id);
    if (receipt.status === "Refused" || receipt.status === "Rejected")
      log.error("lifecycle event refused", { resource: event.entry.name, reason: receipt.reason });
  }
}

const messageOf = (event: LifecycleEvent, id: string): Received => ({
  body: Buffer.from(JSON.stringify(cloudEventOf(event))),
  dialect: "json",
  identity: [id],
  isOne: true,
  event: event.name,
});
