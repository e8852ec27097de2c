import type { Target } from "../../adapters/adapter.ts";
import { errorCode } from "../../base/errors.ts";
import { adapterRef } from "../../compile/names.ts";
import { maxAckPending } from "../../compile/plan.ts";
import type { Delivered } from "../../jetstream/delivered.ts";
import { HEADER } from "../../jetstream/headers.ts";
import type { Deps } from "../deps.ts";
import type { RecordWriter } from "../records.ts";
import { type Attempted, type Attempting, attempt } from "./attempt.ts";
import type { Breaker } from "./breaker.ts";
import { decide } from "./decide.ts";
import { Dispatcher } from "./dispatcher.ts";
import { type Entry, fromHub, hubPosition, startAnew } from "./entry.ts";
import type { History } from "./history.ts";
import { Journal } from "./journal.ts";
import { Lanes } from "./lanes.ts";
import { ParkedLanes } from "./parkedlanes.ts";
import type { Parking } from "./parking.ts";
import type { Plan } from "./plan.ts";
import type { Replies } from "./replies.ts";
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
  replies: Replies;
  parking: Parking;
  parkedKeys: Map<string, number>;
  holdsPin: () => boolean;
  breaker: Breaker;
  onBreaker: (open: boolean, reason: string) => void;
  /** While the target is down: whether no more messages need to be fetched. */
  onEnough: (enough: boolean) => void;
  /** The term cannot go on, e.g. because somebody else took over. */
  onBroken: (error: unknown) => void;
}

const WORKING_MS = 10_000;
const PIN_WAIT_MS = 500;

/** One stretch of delivering to one target as its only worker: lanes in memory, parked lanes beside them. */
export class Term {
  readonly #s: TermStart;
  readonly #lanes = new Lanes<Entry>();
  readonly #bySequence = new Map<number, Entry>();
  readonly #parked: ParkedLanes;
  readonly #dispatcher: Dispatcher;
  readonly #journal: Journal;
  readonly #attempting: Attempting;
  /** Entries that wait for their next attempt, with what they wait for. */
  readonly #retrying = new Map<Entry, { timer: NodeJS.Timeout; due: number }>();
  readonly #abort = new AbortController();
  readonly #sendAbort = new AbortController();
  readonly #working: NodeJS.Timeout;
  #highest = 0;
  /** Messages settled from PARKED that the hub has yet to deliver: whoever parked them died before it could say so. */
  readonly #ahead = new Set<string>();

  constructor(start: TermStart) {
    const { deps, records, target, history } = start;
    const broken = (error: unknown) => this.#broken(error);
    this.#s = start;
    this.#journal = new Journal(deps, start.domain, records, broken);
    this.#dispatcher = new Dispatcher({
      clock: deps.clock,
      breaker: start.breaker,
      concurrency: target.concurrency,
      run: (entry) => this.#step(entry),
      broken,
      onBreaker: start.onBreaker,
      onEnough: start.onEnough,
    });
    this.#parked = new ParkedLanes({
      deps,
      parking: start.parking,
      keys: start.parkedKeys,
      lanes: this.#lanes,
      signal: this.#abort.signal,
      run: (entry) => this.#dispatcher.add(entry),
      parkedAway: (entry) => this.#parkedAway(entry),
      history,
      found: (ref) => {
        const told = history.toldBy(ref);
        if (told !== undefined) records.keep(ref, told);
      },
      allFound: () => records.disinherit(),
      drained: (key) => this.#release(this.#lanes.under(key).slice(0, 1)),
      broken,
    });
    const { replies, holdsPin: mayBegin } = start;
    const signals = { signal: this.#abort.signal, sendSignal: this.#sendAbort.signal };
    this.#attempting = { deps, target, records, replies, mayBegin, ...signals };
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
    const entry = fromHub(delivered, this.#s.streamCreated, this.#s.history);
    if (this.#s.history.isParked(entry.ref) || this.#ahead.delete(entry.ref)) return delivered.ack();
    this.#bySequence.set(delivered.sequence, entry);
    const ready = this.#lanes.add(entry);
    if (this.#parked.follow(entry)) return;
    if (ready) this.#dispatcher.add(entry);
    if (this.#isCrowded()) this.#parkFailing();
  }

  /** A key got a parked message from elsewhere: a replay. */
  parkedFromElsewhere(key: string): void {
    this.#parked.arrived(key);
  }

  /** There is another configuration. */
  configured(): void {
    this.#parked.wake();
  }

  /** Ends the term: nothing new begins, what is under way gets until `sendDeadlineMs` to end well. */
  async end(sendDeadlineMs: number): Promise<void> {
    this.#abort.abort();
    this.#dispatcher.stop();
    clearInterval(this.#working);
    for (const { timer } of this.#retrying.values()) clearTimeout(timer);
    const deadline = setTimeout(() => {
      this.#sendAbort.abort();
      this.#s.records.abort();
    }, sendDeadlineMs);
    await this.#dispatcher.idle();
    await this.#parked.idle();
    await this.#s.records.close();
    clearTimeout(deadline);
  }

  /** One attempt of the entry's first open route, and what follows from it. */
  async #step(entry: Entry): Promise<void> {
    if (this.#abort.signal.aborted) return;
    const plan = (entry.plan ??= this.#s.plan());
    if (entry.routes === undefined) entry.routes = plan.routesFor(entry.meta, entry.header(HEADER.integration));
    const route = entry.routes[0];
    if (!route) return this.#done(entry);
    const { integration } = route.config;
    if (entry.settled.has(integration)) return this.#next(entry);
    if (!this.#s.holdsPin()) return this.#retry(entry, PIN_WAIT_MS);
    if (this.#s.deps.clock.now() >= route.hold.from) return this.#hold(entry, route);
    entry.attempts++;
    const attempted = await attempt(entry, route, plan, this.#attempting);
    if (attempted.kind === "void") return this.#voided(entry);
    if (attempted.kind === "skip") {
      this.#journal.outcome(entry, route, { outcome: "Filtered", rule: attempted.rule });
      return this.#next(entry);
    }
    return this.#follow(entry, route, attempted);
  }

  /** Told once, however often it is looked at. Time takes nothing back: only another configuration lets it go on. */
  async #hold(entry: Entry, route: Route): Promise<void> {
    const isOutdated = entry.plan !== this.#s.plan();
    const reason = route.hold.reason(this.#s.deps.clock.now());
    if (!isOutdated && entry.heldFor !== reason) this.#journal.held(entry, route, reason);
    startAnew(entry);
    if (isOutdated) return this.#step(entry);
    entry.heldFor = reason;
    this.#parked.hold(entry, reason);
  }

  /** Nothing was sent. Where the term goes on, e.g. because the pin was only silent for a moment, it will be. */
  #voided(entry: Entry): void {
    entry.attempts--;
    this.#retry(entry, PIN_WAIT_MS);
  }

  async #follow(entry: Entry, route: Route, attempted: Extract<Attempted, { kind: "outcome" }>): Promise<void> {
    const { outcome, ms } = attempted;
    if (attempted.contacted) this.#dispatcher.heed(entry, outcome);
    const decision = decide(outcome, {
      route: route.config,
      attempt: entry.attempts,
      idempotent: this.#s.target.idempotent,
      parked: entry.copies.length > 0,
      crowded: this.#isCrowded() && !this.#s.breaker.isOpen,
      random: this.#s.deps.random,
    });
    this.#journal.count(route, outcome, ms);
    const detail = { ms: Math.round(ms), ...("reason" in outcome && { reason: outcome.reason }) };
    if (decision.action === "settle") {
      const reason = outcome.kind === "Delivered" ? outcome.detail : "";
      this.#journal.outcome(entry, route, { outcome: "Delivered", ...detail, reason });
      return this.#next(entry);
    }
    if (decision.action === "quarantine") {
      await this.#journal.quarantine(entry, route, decision, this.#sendAbort.signal);
      this.#journal.outcome(entry, route, { outcome: "Quarantined", rule: decision.outcome, ...detail });
      return this.#next(entry);
    }
    this.#journal.outcome(entry, route, { outcome: outcome.kind, ...detail });
    // Where nothing was sent, or all of it refused, the next attempt is made by the configuration as it is then.
    if (!entry.rendered || outcome.kind === "Permanent") startAnew(entry);
    if (entry.copies.length > 0) this.#parked.again(entry, decision.delayMs);
    else if (decision.action === "park") this.#parked.park(entry, decision.delayMs);
    else this.#retry(entry, decision.delayMs);
  }

  /** The route is settled; the entry goes on with the next one. */
  async #next(entry: Entry): Promise<void> {
    const route = entry.routes?.shift();
    if (route) entry.settled.add(route.config.integration);
    entry.attempts = 0;
    entry.rendered = undefined;
    return this.#step(entry);
  }

  /** Every route is settled. What follows may begin at once: its records come after this one's. */
  async #done(entry: Entry): Promise<void> {
    const parked = entry.copies.length > 0;
    if (!parked) this.#release(this.#lanes.remove(entry));
    await Promise.all(entry.recorded);
    if (parked) {
      this.#rememberAhead(entry.ref);
      await this.#parked.settled(entry);
    } else this.#acknowledge(entry);
    this.#s.records.forget(entry.ref);
  }

  #rememberAhead(ref: string): void {
    const position = hubPosition(ref);
    if (position?.stream === String(this.#s.streamCreated) && position.sequence > this.#highest) this.#ahead.add(ref);
  }

  #acknowledge(entry: Entry): void {
    entry.delivered?.ack();
    if (entry.delivered) this.#bySequence.delete(entry.delivered.sequence);
  }

  #release(ready: readonly Entry[]): void {
    for (const entry of ready) {
      if (!this.#parked.follow(entry) && !entry.busy && this.#lanes.isReady(entry)) this.#dispatcher.add(entry);
    }
  }

  #retry(entry: Entry, delayMs: number): void {
    if (this.#abort.signal.aborted) return;
    const timer = setTimeout(() => {
      this.#retrying.delete(entry);
      this.#dispatcher.add(entry);
    }, delayMs);
    this.#retrying.set(entry, { timer, due: this.#s.deps.clock.monotonic() + delayMs });
  }

  #isCrowded(): boolean {
    return this.#lanes.size > maxAckPending(this.#s.target.concurrency) / 2;
  }

  /** Too much is held: lanes whose head fails make room. */
  #parkFailing(): void {
    if (this.#s.breaker.isOpen) return;
    const now = this.#s.deps.clock.monotonic();
    for (const [entry, { timer, due }] of this.#retrying) {
      if (entry.copies.length > 0) continue;
      clearTimeout(timer);
      this.#retrying.delete(entry);
      this.#parked.park(entry, Math.max(0, due - now));
    }
  }

  /** An entry is durable in PARKED: as far as the hub is concerned it is done. */
  async #parkedAway(entry: Entry): Promise<void> {
    await this.#journal.parked(entry, this.#parked.heldFor(entry));
    this.#acknowledge(entry);
  }

  #keepAlive(): void {
    for (const entry of this.#bySequence.values()) entry.delivered?.working();
  }

  #broken(error: unknown): void {
    if (this.#abort.signal.aborted) return;
    this.#s.deps.log.warn("delivery begins anew", {
      adapter: adapterRef(this.#s.deps.adapter),
      code: errorCode(error),
      error,
    });
    this.#s.onBroken(error);
  }
}
