import type { Drifted } from "../../api/drift.ts";
import type { LineageRecord } from "../../api/lineage.ts";
import { errorCode } from "../../base/errors.ts";
import { canonicalJson } from "../../base/hash.ts";
import { DRIFT, adapterRef, lineageStream, lineageSubject } from "../../compile/names.ts";
import { publish } from "../../jetstream/publish.ts";
import { lastMessages } from "../../jetstream/read.ts";
import { driftIn } from "../../jetstream/reports.ts";
import type { Deps } from "../deps.ts";
import { DriftBook, type SeenDrift, merged } from "./driftbook.ts";

/** A new position is told soon, and others that come with it together with it. */
const SOON_MS = 1000;
/** At most so often. */
const NEWS_MS = 60_000;
/** Where only counts have risen. Each report stays in lineage as long as all lineage does. */
const COUNTS_MS = 600_000;
const PATIENCE_MS = 2000;

/**
 * Counts what messages have beside what their contracts know, and tells the control plane in a record of the adapter's
 * lineage. The one normaliser of the adapter writes it and goes on counting from the last record; one that is about to
 * end may still write, and then both count. What was not written when a process dies, minutes at most, is not counted.
 */
export class DriftReport {
  readonly #deps: Deps;
  readonly #subject: string;
  #book: DriftBook;
  /** What the hub holds, and its sequence. */
  #told: readonly Drifted[];
  #last: number;
  /** What was tried to write last. */
  #sending: readonly Drifted[] = [];
  #isNews = false;
  #writtenAt = Number.NEGATIVE_INFINITY;
  #due: { at: number; cancel: () => void } | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(deps: Deps, told: readonly Drifted[], last: number) {
    this.#deps = deps;
    this.#subject = lineageSubject(deps.adapter, DRIFT);
    this.#book = new DriftBook(told, deps.clock.now());
    this.#told = told;
    this.#last = last;
  }

  /** Goes on from what the normaliser before has told. */
  static async takeOver(deps: Deps): Promise<DriftReport> {
    const { drift, sequence } = await lastTold(deps);
    return new DriftReport(deps, drift, sequence);
  }

  /** What was seen in one message, which is stored by now. */
  count(seen: readonly SeenDrift[], messageId: string): void {
    const { clock, metrics, adapter: name } = this.#deps;
    const adapter = adapterRef(name);
    for (const each of seen) {
      const { contract, version, kind } = each;
      metrics.drift.add({ adapter, contract, version, kind });
      if (this.#book.count(each, messageId, clock.now())) this.#tellFirst(each, messageId);
    }
    if (seen.length > 0) this.#writeBy(this.#isNews ? SOON_MS : COUNTS_MS, this.#isNews ? NEWS_MS : COUNTS_MS);
  }

  /** Writes what is not written yet, once. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const isDue = this.#due !== undefined;
    this.#due?.cancel();
    this.#due = undefined;
    await this.#writing;
    if (isDue) await this.#write();
  }

  #tellFirst({ contract, version, kind, position }: SeenDrift, messageId: string): void {
    const adapter = adapterRef(this.#deps.adapter);
    this.#isNews = true;
    this.#deps.log.warn("contract does not know", { adapter, contract, version, kind, field: position, messageId });
  }

  /** After `ms`, or later if it is not yet `pauseMs` since the last time. */
  #writeBy(ms: number, pauseMs: number): void {
    const { clock } = this.#deps;
    const now = clock.monotonic();
    const at = Math.max(now + ms, this.#writtenAt + pauseMs);
    if (this.#due && this.#due.at <= at) return;
    this.#due?.cancel();
    const write = () => {
      this.#due = undefined;
      this.#writing = this.#writing.then(() => this.#write());
    };
    this.#due = { at, cancel: clock.after(at - now, write) };
  }

  async #write(): Promise<void> {
    const { adapter, clock, log } = this.#deps;
    this.#isNews = false;
    this.#writtenAt = clock.monotonic();
    try {
      await this.#publish().catch(async (error: unknown) => {
        if (errorCode(error) !== "Fenced") throw error;
        await this.#catchUp();
        await this.#publish();
      });
    } catch (error) {
      log.debug("drift is waiting", { adapter: adapterRef(adapter), code: errorCode(error) });
      if (!this.#isClosed) this.#writeBy(NEWS_MS, NEWS_MS);
    }
  }

  async #publish(): Promise<void> {
    const { hub, adapter, clock } = this.#deps;
    const names = { messageId: "", correlationId: "", source: adapterRef(adapter), adapter: adapterRef(adapter) };
    const drift = this.#book.entries(clock.now());
    const record: LineageRecord = { hop: "Drifted", at: clock.now(), ...names, drift };
    this.#sending = drift;
    const expectLast = { subject: this.#subject, sequence: this.#last };
    const ack = await publish(hub, this.#subject, JSON.stringify([record]), { patienceMs: PATIENCE_MS, expectLast });
    this.#last = ack.sequence;
    this.#told = drift;
  }

  /** Somebody else has written, or this one did and the answer was lost. */
  async #catchUp(): Promise<void> {
    const { drift, sequence } = await lastTold(this.#deps);
    if (canonicalJson(drift) === canonicalJson(this.#sending)) this.#told = drift;
    const { clock } = this.#deps;
    const now = clock.now();
    this.#book = new DriftBook(merged(this.#book.entries(now), this.#told, drift), now);
    this.#told = drift;
    this.#last = sequence;
  }
}

async function lastTold({ hub, adapter }: Deps): Promise<{ drift: Drifted[]; sequence: number }> {
  const [last] = await lastMessages(hub, lineageStream(adapter.namespace), lineageSubject(adapter, DRIFT));
  return { drift: last ? driftIn(last) : [], sequence: last?.sequence ?? 0 };
}
