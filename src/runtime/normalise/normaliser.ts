import { errorCode, safeReason } from "../../base/errors.ts";
import { backoff } from "../../base/backoff.ts";
import { bucketOf } from "../../compile/bucket.ts";
import { NORMALISER, adapterRef, rawStream } from "../../compile/names.ts";
import type { Delivered } from "../../jetstream/delivered.ts";
import { mayPassLater } from "../../jetstream/errors.ts";
import { largestPayload } from "../../jetstream/publish.ts";
import { PinnedConsumer } from "../../jetstream/pinned.ts";
import { streamCreated } from "../../jetstream/streams.ts";
import { startSpan } from "../../telemetry/tracing.ts";
import type { Deps } from "../deps.ts";
import { HEADER, type Meta, ORIGINAL_HEADERS, copyHeaders, lineageOf } from "../../jetstream/headers.ts";
import { quarantine } from "../quarantine.ts";
import { RecordWriter } from "../records.ts";
import type { SeenDrift } from "./driftbook.ts";
import { DriftReport } from "./driftreport.ts";
import { Fence, type HubMessage } from "./fence.ts";
import { FOREIGN_FIELD, ForeignField } from "../guard.ts";
import { heldRecord, originalOf, recordOf } from "./original.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { Switch } from "./switch.ts";
import { Tails } from "./tails.ts";
import { sayWhyNot, takeOverRecord } from "../takeover.ts";
import type { Transform } from "./transform.ts";

const BATCH = 64;
/** How long a term that ends waits for what is under way. */
const DRAIN_MS = 5000;
const RETRY = { initialMs: 200, maxMs: 5000 };

/** Everything that belongs to one stretch of being the pinned process. */
interface Term {
  fence: Fence;
  records: RecordWriter;
  drift: DriftReport;
  abort: AbortController;
  /** Publishes of each bucket. */
  tails: Tails;
  underWay: Set<Promise<void>>;
  /** Originals are transformed one at a time, in order; only their publishes overlap. */
  transforming: Promise<unknown>;
  /** A contract version that is emitted has ended: what is not transformed yet stays in RAW. */
  isHeld: boolean;
}

/**
 * Turns an adapter's originals (RAW) into contract messages on the hub. One process at a time does so. An original is
 * acknowledged after all its messages and its lineage record are durable; what can't be turned goes to quarantine.
 */
export class Normaliser {
  readonly #deps: Deps;
  /** Stopped, or none yet, while nothing may be emitted: RAW keeps what comes. */
  #consumer: PinnedConsumer | undefined;
  #transform: Transform;
  readonly #switch = new Switch(
    () => this.#begin(),
    async () => this.#consumer?.stop(),
  );
  #rawCreated = 0;
  readonly #stopping = new AbortController();
  #term: Term | undefined;
  /** Terms in a row that failed before anything succeeded. */
  #failures = 0;

  constructor(deps: Deps, transform: Transform) {
    this.#deps = deps;
    this.#transform = transform;
  }

  configure(transform: Transform): void {
    this.#transform = transform;
    this.#look();
  }

  start(): void {
    this.#look();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#switch.set(false);
  }

  /** Milliseconds since the hub last answered a pull; 0 while nothing is pulled. */
  get silentForMs(): number {
    return this.#switch.isOn ? (this.#consumer?.silentForMs ?? 0) : 0;
  }

  /** There is something to ask RAW for while what is emitted has not ended. */
  #look(): void {
    if (this.#stopping.signal.aborted) return;
    void this.#switch.set(this.#deps.clock.now() < this.#transform.hold.from);
  }

  #begin(): void {
    const { adapter, hub, clock } = this.#deps;
    const options = { stream: rawStream(adapter), consumer: NORMALISER, batch: BATCH, clock };
    this.#consumer = new PinnedConsumer(hub, options, {
      takeOver: () => this.#takeOver(),
      message: (message) => this.#take(message),
      ended: (_reason, error) => this.#ended(error),
    });
    this.#consumer.start();
  }

  async #takeOver(): Promise<void> {
    const { hub, adapter, clock } = this.#deps;
    this.#rawCreated = await streamCreated(hub, rawStream(adapter));
    const record = takeOverRecord(this.#deps);
    const { writer } = await RecordWriter.takeOver(this.#deps, NORMALISER, record, this.#stopping.signal);
    const abort = new AbortController();
    const fence = new Fence(hub, adapter, clock, abort.signal);
    for (const domain of this.#transform.domains) await fence.load(domain);
    this.#term = {
      fence,
      records: writer,
      drift: await DriftReport.takeOver(this.#deps),
      abort,
      tails: new Tails(),
      underWay: new Set(),
      transforming: Promise.resolve(),
      isHeld: false,
    };
  }

  #take(message: Delivered): void {
    const term = this.#term;
    if (!term || term.isHeld || term.abort.signal.aborted) return;
    const work = this.#process(term, message).catch((error: unknown) => void this.#failed(term, error));
    term.underWay.add(work);
    void work.finally(() => term.underWay.delete(work));
  }

  async #process(term: Term, message: Delivered): Promise<void> {
    const started = this.#deps.clock.monotonic();
    const transform = this.#transform;
    const span = startSpan("normalise", {
      traceparent: message.header(HEADER.traceparent),
      attributes: { adapter: adapterRef(this.#deps.adapter) },
    });
    const seen: SeenDrift[] = [];
    const turn = term.transforming.then(async () =>
      this.#mayEmit(term, transform, message)
        ? this.#prepareOrReason(transform, message, seen, span.traceparent)
        : undefined,
    );
    // Publishes are queued in the order of originals, before the next original is looked at.
    const queued = turn.then((result) => (!result || "reason" in result ? [] : this.#queue(term, result.messages)));
    term.transforming = queued;
    const result = await turn;
    if (!result) return span.end("Held");
    const base = recordOf(message, transform.revision, this.#deps);
    const ms = () => Math.round(this.#deps.clock.monotonic() - started);
    let outcome = "Quarantined";
    if ("reason" in result) {
      await this.#quarantine(term, message, result.reason);
      this.#count("", outcome);
      await term.records.add({ ...base, outcome, ...result, ms: ms() });
    } else {
      const [first] = await Promise.all((await queued).map((p) => p()));
      // Nothing may be left without what its sender does not own.
      outcome = first ? "Published" : "Stripped";
      this.#count(first?.contract ?? "", outcome);
      await term.records.add({
        ...base,
        ...(first && { ...lineageOf(first), payloadHash: message.header(HEADER.payloadHash) }),
        outcome,
        ...(result.stripped.length > 0 && { stripped: result.stripped, rule: FOREIGN_FIELD }),
        ms: ms(),
      });
    }
    if (seen.length > 0) term.drift.count(seen, base.messageId);
    message.ack();
    this.#failures = 0;
    span.end(outcome);
  }

  /** Asked right before each original: once it is not so, none of the term follows, and all of them come again. */
  #mayEmit(term: Term, transform: Transform, message: Delivered): boolean {
    if (term.isHeld) return false;
    if (this.#deps.clock.now() < transform.hold.from) return true;
    term.isHeld = true;
    this.#look();
    // By a configuration that came meanwhile it may be: the originals are asked for anew.
    if (this.#switch.isOn && this.#term === term) this.#consumer?.restart();
    else term.records.add(heldRecord(message, transform, this.#deps)).catch((error) => void this.#failed(term, error));
    return false;
  }

  /** Whatever goes wrong here lies in the message or in the mapping: it is put aside, and the next one has its turn. */
  async #prepareOrReason(
    transform: Transform,
    message: Delivered,
    seen: SeenDrift[],
    traceparent = "",
  ): Promise<{ messages: Prepared[]; stripped: string[] } | { reason: string; rule: string }> {
    const { hub, adapter, keys } = this.#deps;
    try {
      const results = await transform.apply(originalOf(message), ({ contract, version }, drift) =>
        seen.push({ contract, version, ...drift }),
      );
      const stripped = [...new Set(results.flatMap((result) => result.stripped))].sort();
      const messages = prepare(message, results, {
        key: keys.hash,
        source: adapterRef(adapter),
        revision: transform.revision,
        rawCreated: this.#rawCreated,
        traceparent,
        maxBytes: largestPayload(hub),
      });
      if (stripped.length > 0) this.#foreign("Stripped");
      return { messages, stripped };
    } catch (error) {
      const isForeign = error instanceof ForeignField;
      if (isForeign) this.#foreign("Quarantined");
      return { reason: safeReason(error), rule: isForeign ? FOREIGN_FIELD : errorCode(error) };
    }
  }

  /** Appends each message to its bucket's tail; the returned functions wait for the publishes. */
  #queue(term: Term, messages: Prepared[]): (() => Promise<Meta>)[] {
    return messages.map(({ meta, hubMessage }) => {
      // A merge stands in one bucket and belongs to two: what shares any of its keys must not overtake it.
      const buckets = new Set([hubMessage.bucket, ...meta.keys.map(bucketOf)]);
      const names = [...buckets].map((bucket) => `${hubMessage.domain}.${bucket}`);
      const publishing = term.tails.append(names, () => this.#publish(term, hubMessage));
      return () => publishing.then(() => meta);
    });
  }

  /** Waits out a full or silent hub: the original stays in RAW, and RAW being full tells the sender. */
  async #publish(term: Term, message: HubMessage): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await term.fence.publish(message);
        return;
      } catch (error) {
        const code = errorCode(error);
        if (!mayPassLater(code) || term.abort.signal.aborted) throw error;
        this.#deps.log.warn("hub is waiting", { adapter: adapterRef(this.#deps.adapter), code, attempt });
        await this.#deps.clock.sleep(backoff(RETRY, attempt, this.#deps.random), term.abort.signal);
      }
    }
  }

  #quarantine(term: Term, message: Delivered, reason: string): Promise<void> {
    const headers = copyHeaders(message, ORIGINAL_HEADERS);
    const id = `normalise.${this.#deps.adapter.namespace}.${this.#deps.adapter.name}.${this.#rawCreated}.${message.sequence}`;
    return quarantine(
      this.#deps,
      { stage: "normalise", id, data: message.data, headers, outcome: "Permanent", reason },
      term.abort.signal,
    );
  }

  #foreign(outcome: string): void {
    this.#deps.metrics.foreign.add({ adapter: adapterRef(this.#deps.adapter), outcome });
  }

  #count(contract: string, result: string): void {
    this.#deps.metrics.normalised.add({ adapter: adapterRef(this.#deps.adapter), contract, result });
  }

  /**
   * Fenced, or the hub failed in an unexpected way: the term is void, what is not acknowledged comes again. After a
   * pause that grows until something succeeds, for what does not pass must not be asked for without end.
   */
  async #failed(term: Term, error: unknown): Promise<void> {
    if (term.abort.signal.aborted) return;
    term.abort.abort();
    this.#failures++;
    const { adapter, clock, log, random } = this.#deps;
    log.warn("normaliser begins anew", {
      adapter: adapterRef(adapter),
      code: errorCode(error),
      attempt: this.#failures,
      error,
    });
    await clock.sleep(backoff(RETRY, this.#failures, random));
    if (this.#term === term) this.#consumer?.restart();
  }

  async #ended(cause: unknown): Promise<void> {
    if (!this.#stopping.signal.aborted) sayWhyNot(this.#deps, rawStream(this.#deps.adapter), cause);
    const term = this.#term;
    this.#term = undefined;
    if (!term) return;
    // Publishes under way end by themselves; those waiting for room in the hub are given up, RAW still has them.
    const done = new AbortController();
    await Promise.race([Promise.all(term.underWay), this.#deps.clock.sleep(DRAIN_MS, done.signal)]);
    done.abort();
    term.abort.abort();
    if (term.underWay.size > 0) term.records.abort();
    await Promise.all(term.underWay);
    await term.records.close();
    await term.drift.close();
  }
}
