import type { Target } from "../../adapters/adapter.ts";
import type { LineageRecord } from "../../api/lineage.ts";
import { FasciaError } from "../../base/errors.ts";
import {
  adapterRef,
  deliveryConsumer,
  deliveryWriter,
  hubStream,
  lineageStream,
  lineageSubject,
  wakeSubject,
} from "../../compile/names.ts";
import type { Delivered } from "../../jetstream/delivered.ts";
import { PinnedConsumer } from "../../jetstream/pinned.ts";
import { publish } from "../../jetstream/publish.ts";
import { type Start, readMessages } from "../../jetstream/read.ts";
import { createdOf } from "../../jetstream/streams.ts";
import type { Deps } from "../deps.ts";
import { RecordWriter } from "../records.ts";
import { sayWhyNot, takeOverRecord } from "../takeover.ts";
import { Breaker } from "./breaker.ts";
import { History } from "./history.ts";
import { Parking } from "./parking.ts";
import { Pauser } from "./pauser.ts";
import type { Plan } from "./plan.ts";
import { Replies } from "./replies.ts";
import { Term } from "./term.ts";

const BATCH = 64;
const WORKER = 0;
/** How long a term that ends gives deliveries under way, beyond which their outcome is Ambiguous. */
const SEND_DEADLINE_MS = 20_000;
const WAKE_PATIENCE_MS = 1000;

/**
 * Delivers one hub stream to one target. Of all processes that run this adapter one does so at a time; taking over
 * means: become the sole writer of the delivery records, read back what they say, reset the consumer to its ack
 * floor, and skip what was settled already.
 */
export class DeliveryWorker {
  readonly #deps: Deps;
  readonly #target: Target;
  readonly #domain: string;
  readonly #stream: string;
  readonly #consumerName: string;
  readonly #consumer: PinnedConsumer;
  readonly #parking: Parking;
  readonly #breaker: Breaker;
  #plan: Plan;
  #term: Term | undefined;
  #unsubscribe: () => void = () => {};
  readonly #pauser: Pauser;
  readonly #wake: string;
  readonly #stopping = new AbortController();

  constructor(deps: Deps, target: Target, domain: string, plan: Plan) {
    this.#deps = deps;
    this.#target = target;
    this.#domain = domain;
    this.#plan = plan;
    this.#stream = hubStream(domain);
    this.#consumerName = deliveryConsumer(deps.adapter, WORKER);
    this.#wake = wakeSubject(domain, deps.adapter, WORKER);
    this.#parking = new Parking(deps, domain);
    this.#pauser = new Pauser(deps, this.#stream, this.#consumerName);
    this.#breaker = new Breaker(deps.random);
    const options = { stream: this.#stream, consumer: this.#consumerName, batch: BATCH, clock: deps.clock };
    this.#consumer = new PinnedConsumer(deps.hub, options, {
      takeOver: (oldest) => this.#takeOver(oldest ?? deps.clock.now()),
      message: (message) => this.#take(message),
      ended: (_reason, error) => this.#ended(error),
      idle: () => this.#wakeUp(),
    });
  }

  configure(plan: Plan): void {
    this.#plan = plan;
    this.#term?.configured();
  }

  start(): void {
    // A process that died while the target was down has left it paused; one that lives pauses it again.
    this.#pauser.resume();
    this.#consumer.start();
  }

  /** Finishes what is under way, within a bound. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#consumer.stop();
  }

  get silentForMs(): number {
    return this.#consumer.silentForMs;
  }

  #take(message: Delivered): void {
    if (message.subject === this.#wake) message.ack();
    else this.#term?.take(message);
  }

  /**
   * What is parked has to be tried, and nothing on the hub brings the pin that this takes: a message to ourselves does,
   * on a subject of this worker's alone.
   */
  async #wakeUp(): Promise<void> {
    if (!(await this.#parking.any())) return;
    await publish(this.#deps.hub, this.#wake, "", { patienceMs: WAKE_PATIENCE_MS });
  }

  /** `floorTime`: of the oldest message that is not acknowledged; now where there is none. */
  async #takeOver(floorTime: number): Promise<void> {
    const deps = this.#deps;
    const created = await createdOf(deps.hub, this.#stream, this.#consumerName);
    const writer = deliveryWriter(this.#domain, WORKER);
    const {
      writer: records,
      since,
      sequence,
    } = await RecordWriter.takeOver(deps, writer, takeOverRecord(deps), this.#stopping.signal);
    const history = await this.#readBack(lineageSubject(deps.adapter, writer), floorTime, since, sequence);
    // Heard first, then looked: what is parked in between is known by one or the other.
    const early = new Set<string>();
    this.#unsubscribe = this.#parking.onParked((key) =>
      this.#term ? this.#term.parkedFromElsewhere(key) : early.add(key),
    );
    const parkedKeys = await this.#parking.keys();
    const replies = new Replies(deps, writer);
    this.#term = new Term({
      deps,
      target: this.#target,
      plan: () => this.#plan,
      domain: this.#domain,
      streamCreated: created,
      records,
      history,
      replies,
      parking: this.#parking,
      parkedKeys,
      holdsPin: () => this.#consumer.holdsPin,
      breaker: this.#breaker,
      onBreaker: (open, reason) => this.#onBreaker(open, reason),
      onEnough: (enough) => (enough ? this.#pauser.pause() : this.#pauser.resume()),
      onBroken: () => this.#consumer.restart(),
    });
    for (const key of early) this.#term.parkedFromElsewhere(key);
  }

  /** Folds the records from the floor's time, or from `since` where that is earlier, up to our own take-over. */
  async #readBack(subject: string, floorTime: number, since: number, until: number): Promise<History> {
    const history = new History();
    const stream = lineageStream(this.#deps.adapter.namespace);
    const atFloor = await firstAt(this.#deps, stream, subject, floorTime);
    const start: Start = { sequence: Math.min(atFloor ?? until, since) };
    for await (const message of readMessages(this.#deps.hub, stream, subject, start)) {
      for (const record of JSON.parse(Buffer.from(message.data).toString("utf8")) as LineageRecord[])
        history.add(record, message.sequence);
      if (message.sequence >= until) return history;
    }
    throw new FasciaError("HubUnavailable", `${stream}: the replica that was asked lags behind commit ${until}`);
  }

  async #ended(cause: unknown): Promise<void> {
    if (!this.#stopping.signal.aborted) sayWhyNot(this.#deps, this.#stream, cause);
    const term = this.#term;
    this.#term = undefined;
    this.#unsubscribe();
    await term?.end(SEND_DEADLINE_MS);
    // Whoever holds the pin next decides for itself.
    if (term) this.#pauser.resume();
  }

  #onBreaker(open: boolean, reason: string): void {
    const adapter = adapterRef(this.#deps.adapter);
    this.#deps.metrics.breakerOpen.set({ adapter }, open ? 1 : 0);
    if (open) this.#deps.log.warn("target is down", { adapter, stream: this.#stream, reason });
    else this.#deps.log.warn("target is back", { adapter, stream: this.#stream });
  }
}

/** Sequence of the first message on `subject` at or after `time`. */
async function firstAt(deps: Deps, stream: string, subject: string, time: number): Promise<number | undefined> {
  for await (const message of readMessages(deps.hub, stream, subject, { time })) return message.sequence;
  return undefined;
}
