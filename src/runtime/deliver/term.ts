import type { Outcome, Target } from "../../adapters/adapter.ts";
import type { LineageRecord } from "../../api/lineage.ts";
import { errorCode } from "../../base/errors.ts";
import { adapterRef } from "../../compile/names.ts";
import { MAX_ACK_PENDING } from "../../compile/plan.ts";
import type { Delivered } from "../../jetstream/delivered.ts";
import type { Deps } from "../deps.ts";
import { HEADER, lineageOf } from "../../jetstream/headers.ts";
import { quarantine } from "../quarantine.ts";
import type { RecordWriter } from "../records.ts";
import { type Attempted, attempt } from "./attempt.ts";
import { Breaker } from "./breaker.ts";
import { type Decision, decide } from "./decide.ts";
import { type Entry, fromHub } from "./entry.ts";
import type { History } from "./history.ts";
import { Lanes } from "./lanes.ts";
import { ParkedLanes } from "./parkedlanes.ts";
import type { Parking } from "./parking.ts";
import type { Plan } from "./plan.ts";
import type { Route } from "./route.ts";

/** What a term begins with: what its take-over found. */
export interface TermStart {
  deps: Deps;
  target: Target;
  /** The present configuration. */
  plan: () => Plan;
  domain: string;
  streamCreated: number;
  records: RecordWriter;
  history: History;
  replied: ReadonlySet<string>;
  parking: Parking;
  parkedKeys: Map<string, number>;
  holdsPin: () => boolean;
  breaker: Breaker;
  onBreaker: (open: boolean) => void;
  /** The term cannot go on, e.g. because somebody else took over. */
  onBroken: (error: unknown) => void;
}

const WORKING_MS = 10_000;
const HELD_LIMIT = MAX_ACK_PENDING / 2;
const PIN_WAIT_MS = 500;

/** One stretch of delivering to one target as its only worker: lanes in memory, parked lanes beside them. */
export class Term {
  readonly #s: TermStart;
  readonly #lanes = new Lanes<Entry>();
  readonly #bySequence = new Map<number, Entry>();
  readonly #parked: ParkedLanes;
  readonly #ready: Entry[] = [];
  /** Entries that wait for their next attempt, with what they wait for. */
  readonly #retrying = new Map<Entry, NodeJS.Timeout>();
  readonly #running = new Set<Promise<void>>();
  readonly #abort = new AbortController();
  readonly #sendAbort = new AbortController();
  readonly #working: NodeJS.Timeout;
  #wake: NodeJS.Timeout | undefined;
  #highest = 0;

  constructor(start: TermStart) {
    this.#s = start;
    this.#parked = new ParkedLanes({
      deps: start.deps,
      parking: start.parking,
      keys: start.parkedKeys,
      lanes: this.#lanes,
      signal: this.#abort.signal,
      run: (entry) => this.#enqueue(entry),
      parkedAway: (entry) => this.#parkedAway(entry),
      drained: (key) => this.#release(this.#lanes.under(key).slice(0, 1)),
      broken: (error) => this.#broken(error),
    });
    this.#working = setInterval(() => this.#keepAlive(), WORKING_MS);
  }

  /** A message of the hub, in stream order. */
  take(delivered: Delivered): void {
    const held = this.#bySequence.get(delivered.sequence);
    if (held) {
      held.delivered = delivered;
      return;
    }
    // First deliveries of a term come in stream order: this one was settled, and its acknowledgement lost.
    if (delivered.sequence <= this.#highest) return delivered.ack();
    this.#highest = delivered.sequence;
    const entry = fromHub(delivered, this.#s.streamCreated);
    if (this.#s.history.isParked(entry.ref)) return delivered.ack();
    this.#bySequence.set(delivered.sequence, entry);
    const ready = this.#lanes.add(entry);
    if (this.#parked.follow(entry)) return;
    if (ready) this.#enqueue(entry);
    if (this.#lanes.size > HELD_LIMIT) this.#parkFailing();
  }

  /** A key got a parked message from elsewhere: a replay. */
  parkedFromElsewhere(key: string): void {
    this.#parked.arrived(key);
  }

  /** Ends the term: nothing new begins, what is under way gets until `sendDeadlineMs` to end well. */
  async end(sendDeadlineMs: number): Promise<void> {
    this.#abort.abort();
    clearInterval(this.#working);
    clearTimeout(this.#wake);
    for (const timer of this.#retrying.values()) clearTimeout(timer);
    const deadline = setTimeout(() => {
      this.#sendAbort.abort();
      this.#s.records.abort();
    }, sendDeadlineMs);
    await Promise.all(this.#running);
    await this.#parked.idle();
    clearTimeout(deadline);
    await this.#s.records.close();
  }

  #enqueue(entry: Entry): void {
    entry.busy = true;
    this.#ready.push(entry);
    this.#dispatch();
  }

  #dispatch(): void {
    if (this.#abort.signal.aborted) return;
    const wait = this.#s.breaker.waitMs(this.#s.deps.clock.monotonic());
    if (wait > 0) return this.#wakeIn(wait);
    while (this.#ready.length > 0 && this.#running.size < this.#s.target.concurrency) {
      const entry = this.#ready.shift() as Entry;
      this.#s.breaker.began();
      this.#run(entry);
      if (this.#s.breaker.isOpen) return;
    }
  }

  #wakeIn(ms: number): void {
    if (!Number.isFinite(ms) || this.#wake) return;
    this.#wake = setTimeout(() => {
      this.#wake = undefined;
      this.#dispatch();
    }, ms);
  }

  #run(entry: Entry): void {
    const work: Promise<void> = this.#step(entry)
      .catch((error: unknown) => this.#broken(error))
      .finally(() => {
        this.#running.delete(work);
        this.#s.breaker.ended();
        this.#dispatch();
      });
    this.#running.add(work);
  }

  /** One attempt of the entry's first open route, and what follows from it. */
  async #step(entry: Entry): Promise<void> {
    if (this.#abort.signal.aborted) return;
    const plan = (entry.plan ??= this.#begin(entry));
    const route = entry.routes[0];
    if (!route) return this.#done(entry);
    const { integration } = route.config;
    if (entry.settled.has(integration) || this.#s.history.isFinal(entry.ref, integration)) return this.#next(entry);
    if (!this.#s.holdsPin()) return this.#retry(entry, PIN_WAIT_MS);
    entry.attempts++;
    const attempted = await attempt(entry, route, plan, {
      ...this.#s,
      mayBegin: this.#s.holdsPin,
      signal: this.#abort.signal,
      sendSignal: this.#sendAbort.signal,
    });
    if (attempted.kind === "void") return;
    if (attempted.kind === "skip") {
      this.#record(entry, route, { outcome: "Filtered", rule: attempted.rule });
      return this.#next(entry);
    }
    return this.#follow(entry, route, attempted);
  }

  #begin(entry: Entry): Plan {
    const plan = this.#s.plan();
    const only = entry.headers[HEADER.integration];
    entry.routes = plan.routesFor(entry.meta, only);
    return plan;
  }

  async #follow(entry: Entry, route: Route, attempted: Extract<Attempted, { kind: "outcome" }>): Promise<void> {
    const { outcome, ms } = attempted;
    if (attempted.contacted) this.#heed(outcome);
    const decision = decide(outcome, {
      route: route.config,
      attempt: entry.attempts,
      idempotent: this.#s.target.idempotent,
      parked: entry.parkedAs !== undefined,
      random: this.#s.deps.random,
    });
    this.#count(route, outcome, ms);
    const detail = { ms: Math.round(ms), ...("reason" in outcome && { reason: outcome.reason }) };
    if (decision.action === "settle") {
      this.#record(entry, route, {
        outcome: "Delivered",
        ...detail,
        reason: outcome.kind === "Delivered" ? outcome.detail : "",
      });
      return this.#next(entry);
    }
    if (decision.action === "quarantine") {
      await this.#quarantine(entry, route, decision);
      this.#record(entry, route, { outcome: "Quarantined", rule: decision.outcome, ...detail });
      return this.#next(entry);
    }
    this.#record(entry, route, { outcome: outcome.kind, ...detail });
    // Rendered anew where it could not be: the configuration may have come by then.
    if (!entry.rendered) entry.plan = undefined;
    if (entry.parkedAs !== undefined) return this.#parked.again(entry, decision.delayMs);
    if (decision.action === "park" && this.#parked.park(entry, decision.delayMs)) return;
    this.#retry(entry, decision.delayMs);
  }

  /** The breaker counts what the target as a whole does, not what one message meets. */
  #heed(outcome: Outcome): void {
    const { breaker } = this.#s;
    if ("down" in outcome && outcome.down) {
      const retryAfter = outcome.kind === "Transient" ? outcome.retryAfterMs : undefined;
      if (breaker.failed(this.#s.deps.clock.monotonic(), retryAfter)) this.#s.onBreaker(true);
    } else if (breaker.answered()) this.#s.onBreaker(false);
  }

  /** The route is settled; the entry goes on with the next one. */
  async #next(entry: Entry): Promise<void> {
    const route = entry.routes.shift();
    if (route) entry.settled.add(route.config.integration);
    entry.attempts = 0;
    entry.rendered = undefined;
    return this.#step(entry);
  }

  /** Every route is settled. What follows may begin at once: its records come after this one's. */
  async #done(entry: Entry): Promise<void> {
    if (entry.parkedAs !== undefined) {
      await Promise.all(entry.recorded);
      return this.#parked.settled(entry);
    }
    this.#release(this.#lanes.remove(entry));
    await Promise.all(entry.recorded);
    this.#acknowledge(entry);
  }

  #acknowledge(entry: Entry): void {
    entry.delivered?.ack();
    if (entry.delivered) this.#bySequence.delete(entry.delivered.sequence);
  }

  #release(ready: readonly Entry[]): void {
    for (const entry of ready) {
      if (!this.#parked.follow(entry) && !entry.busy && this.#lanes.isReady(entry)) this.#enqueue(entry);
    }
  }

  #retry(entry: Entry, delayMs: number): void {
    if (this.#abort.signal.aborted) return;
    const timer = setTimeout(() => {
      this.#retrying.delete(entry);
      this.#enqueue(entry);
    }, delayMs);
    this.#retrying.set(entry, timer);
  }

  /** Too much is held: lanes whose head fails make room. */
  #parkFailing(): void {
    if (this.#s.breaker.isOpen) return;
    for (const [entry, timer] of this.#retrying) {
      if (entry.parkedAs !== undefined || !this.#parked.park(entry, 0)) continue;
      clearTimeout(timer);
      this.#retrying.delete(entry);
    }
  }

  /** A lane's entry is durable in PARKED: as far as the hub is concerned it is done. */
  async #parkedAway(entry: Entry): Promise<void> {
    const record = { ...this.#base(entry), hop: "Parked" as const, at: this.#s.deps.clock.now() };
    await this.#s.records.add(record);
    this.#acknowledge(entry);
  }

  #quarantine(entry: Entry, route: Route, decision: Extract<Decision, { action: "quarantine" }>): Promise<void> {
    const { integration } = route.config;
    const headers = {
      ...entry.headers,
      [HEADER.integration]: integration,
      [HEADER.domain]: this.#s.domain,
      [HEADER.ref]: entry.ref,
      [HEADER.attempt]: String(entry.attempts),
    };
    const id = `${adapterRef(this.#s.deps.adapter)}.${entry.ref}.${integration}`;
    const { outcome, reason } = decision;
    const message = { stage: "deliver", id, data: entry.data, headers, outcome, reason } as const;
    return quarantine(this.#s.deps, message, this.#sendAbort.signal);
  }

  #record(entry: Entry, route: Route, result: Partial<LineageRecord>): void {
    const record: LineageRecord = {
      ...this.#base(entry),
      hop: "Delivery",
      at: this.#s.deps.clock.now(),
      integration: route.config.integration,
      attempt: entry.attempts,
      ...(entry.plan && { revision: entry.plan.revision }),
      ...result,
    };
    const durable = this.#s.records.add(record);
    durable.catch((error: unknown) => this.#broken(error));
    entry.recorded.push(durable);
  }

  #base(entry: Entry) {
    return { ...lineageOf(entry.meta), adapter: adapterRef(this.#s.deps.adapter), ref: entry.ref };
  }

  #count(route: Route, outcome: Outcome, ms: number): void {
    const adapter = adapterRef(this.#s.deps.adapter);
    this.#s.deps.metrics.delivered.add({ adapter, integration: route.config.integration, outcome: outcome.kind });
    this.#s.deps.metrics.deliverySeconds.observe({ adapter }, ms / 1000);
  }

  #keepAlive(): void {
    for (const entry of this.#bySequence.values()) entry.delivered?.working();
  }

  #broken(error: unknown): void {
    if (this.#abort.signal.aborted) return;
    this.#s.deps.log.warn("delivery begins anew", {
      adapter: this.#s.deps.adapter.name,
      code: errorCode(error),
      error,
    });
    this.#s.onBroken(error);
  }
}
