import { randomUUID } from "node:crypto";
import { type LineageRecord, saysAnything } from "../api/lineage.ts";
import { type BackoffPolicy, backoff } from "../base/backoff.ts";
import { FasciaError, errorCode } from "../base/errors.ts";
import { adapterRef, lineageStream, lineageSubject } from "../compile/names.ts";
import { mayPassLater } from "../jetstream/errors.ts";
import { publish } from "../jetstream/publish.ts";
import { HEADER } from "../jetstream/headers.ts";
import { lastMessages } from "../jetstream/read.ts";
import type { Deps } from "./deps.ts";

interface Waiting {
  record: LineageRecord;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** How long records of finished work may gather before they are written together; an intent is written at once. */
const GATHER_MS = 10;
const PATIENCE_MS = 10_000;
/** Bytes from which on a commit is large enough: what waits while the hub is full must not become one that never fits. */
const COMMIT_BYTES = 48 * 1024;
const RETRY: BackoffPolicy = { initialMs: 200, maxMs: 5000 };
/** Distinguishes our own commit from another writer's when the answer to a publish was lost. */
const COMMIT_ID = "Fascia-Commit";

/**
 * Writes the lineage records of one writer as group commits, one in flight at a time. With `takeOver` it becomes the
 * sole writer of its subject: every commit expects the one before as the last, so that a predecessor's writes, and ours
 * once somebody else has taken over, are refused (`Fenced`). A full or silent stream is waited for, nothing is dropped.
 */
export class RecordWriter {
  readonly #deps: Deps;
  readonly #stream: string;
  readonly #subject: string;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  #urgent = false;
  #timer: NodeJS.Timeout | undefined;
  #last: number | undefined;
  #failure: unknown;
  readonly #closing = new AbortController();
  /** Message (`ref`) → the commit that tells how far it came, for as long as it may come again. */
  readonly #needed = new Map<string, number>();
  /** Deliveries that the target took, ever, as far as they are written down. */
  #delivered = 0;
  /** What the writer before needed, until it is known what of that still counts. */
  #inherited = Number.POSITIVE_INFINITY;

  private constructor(deps: Deps, writer: string) {
    this.#deps = deps;
    this.#stream = lineageStream(deps.adapter.namespace);
    this.#subject = lineageSubject(deps.adapter, writer);
  }

  /** A writer beside others, without fence. */
  static shared(deps: Deps, writer: string): RecordWriter {
    return new RecordWriter(deps, writer);
  }

  /**
   * Becomes the sole writer. Resolves when the take-over record is durable, with its sequence, with `since`, from where
   * the records before it have to be read back. Rejects with `Fenced` when somebody else did the same at this moment,
   * and when `signal` aborts while the stream is full or silent.
   */
  static async takeOver(
    deps: Deps,
    writer: string,
    record: LineageRecord,
    signal?: AbortSignal,
  ): Promise<{ writer: RecordWriter; since: number; sequence: number }> {
    const self = new RecordWriter(deps, writer);
    const [previous] = await lastMessages(deps.hub, self.#stream, self.#subject);
    self.#last = previous?.sequence ?? 0;
    self.#delivered = Number(previous?.header(HEADER.delivered)) || 0;
    // What a commit needs is written on the ones after it: of the last one only it tells itself.
    if (previous) self.#inherited = Number(previous.header(HEADER.neededFrom)) || previous.sequence;
    const giveUp = () => self.abort();
    signal?.addEventListener("abort", giveUp);
    await self.add(record, true).finally(() => signal?.removeEventListener("abort", giveUp));
    return { writer: self, since: Math.min(self.#inherited, self.#last), sequence: self.#last };
  }

  /** Resolves when the record is durable. `urgent` does not wait for others to join. Rejects with `Fenced`. */
  add(record: LineageRecord, urgent = false): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const durable = new Promise<void>((resolve, reject) => this.#waiting.push({ record, resolve, reject }));
    if (urgent) this.#urgent = true;
    this.#schedule();
    return durable;
  }

  /** The message may still come again: what `sequence` says of it, written by a predecessor, goes on being needed. */
  keep(ref: string, sequence: number): void {
    this.#needed.set(ref, sequence);
  }

  /** The message can't come again. */
  forget(ref: string): void {
    this.#needed.delete(ref);
  }

  /** Of what predecessors wrote only what `keep` was told is needed. */
  disinherit(): void {
    this.#inherited = Number.POSITIVE_INFINITY;
  }

  /** Writes what is waiting, then refuses more. Never rejects: whoever waits for a record is told. */
  async close(): Promise<void> {
    this.#urgent = true;
    this.#schedule();
    while (this.#flushing) await this.#flushing;
    this.#failure ??= new FasciaError("WriterClosed", `${this.#subject}: the writer is closed`);
  }

  /** Gives up what is waiting, e.g. because the process must end while the hub is gone. */
  abort(): void {
    this.#closing.abort();
  }

  #schedule(): void {
    if (this.#flushing || this.#waiting.length === 0) return;
    if (this.#urgent) return this.#startFlush();
    this.#timer ??= setTimeout(() => this.#startFlush(), GATHER_MS);
  }

  #startFlush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#flushing) return;
    this.#flushing = this.#flush().finally(() => {
      this.#flushing = undefined;
      this.#schedule();
    });
  }

  async #flush(): Promise<void> {
    const { group, data } = this.#nextGroup();
    this.#urgent &&= this.#waiting.length > 0;
    const delivered = this.#delivered + group.filter(({ record }) => isDelivered(record)).length;
    try {
      const sequence = await this.#commit(data, delivered);
      this.#delivered = delivered;
      for (const { record, resolve } of group) {
        this.#track(record, sequence);
        resolve();
      }
    } catch (error) {
      this.#failure = error;
      for (const { reject } of [...group, ...this.#waiting]) reject(error);
      this.#waiting = [];
    }
  }

  /** Takes the oldest records, as many as may go together. A successor needs whole commits: they are to be small. */
  #nextGroup(): { group: Waiting[]; data: string } {
    const texts: string[] = [];
    let bytes = 0;
    for (const { record } of this.#waiting) {
      if (bytes >= COMMIT_BYTES) break;
      const text = JSON.stringify(record);
      texts.push(text);
      bytes += text.length;
    }
    return { group: this.#waiting.splice(0, texts.length), data: `[${texts.join(",")}]` };
  }

  async #commit(data: string, delivered: number): Promise<number> {
    const id = randomUUID();
    const headers: Record<string, string> = { [COMMIT_ID]: id };
    // Of several writers none knows what the others have written.
    if (this.#last !== undefined && delivered > 0) headers[HEADER.delivered] = String(delivered);
    const neededFrom = this.#neededFrom();
    if (Number.isFinite(neededFrom)) headers[HEADER.neededFrom] = String(neededFrom);
    for (let attempt = 1; ; attempt++) {
      try {
        const ack = await publish(this.#deps.hub, this.#subject, data, {
          headers,
          msgId: id,
          patienceMs: PATIENCE_MS,
          signal: this.#closing.signal,
          ...(this.#last !== undefined && { expectLast: { subject: this.#subject, sequence: this.#last } }),
        });
        if (this.#last !== undefined) this.#last = ack.sequence;
        return ack.sequence;
      } catch (error) {
        const landed = errorCode(error) === "Fenced" ? await this.#landed(id) : undefined;
        if (landed !== undefined) return (this.#last = landed);
        await this.#waitOrThrow(error, attempt);
      }
    }
  }

  /** A lost PubAck looks like a fence: was the last commit ours? */
  async #landed(id: string): Promise<number | undefined> {
    const [last] = await lastMessages(this.#deps.hub, this.#stream, this.#subject);
    return last?.header(COMMIT_ID) === id ? last.sequence : undefined;
  }

  async #waitOrThrow(error: unknown, attempt: number): Promise<void> {
    const code = errorCode(error);
    if (!mayPassLater(code) || this.#closing.signal.aborted) throw error;
    this.#deps.log.warn("lineage is waiting", {
      adapter: adapterRef(this.#deps.adapter),
      stream: this.#stream,
      code,
      attempt,
    });
    await this.#deps.clock.sleep(backoff(RETRY, attempt, this.#deps.random), this.#closing.signal);
  }

  /** Every record tells all there is to know of its message: the last one is enough. */
  #track(record: LineageRecord, sequence: number): void {
    if (record.ref === undefined || (record.hop !== "Intent" && record.hop !== "Delivery")) return;
    if (saysAnything(record)) this.#needed.set(record.ref, sequence);
    else this.#needed.delete(record.ref);
  }

  #neededFrom(): number {
    let lowest = this.#inherited;
    for (const sequence of this.#needed.values()) if (sequence < lowest) lowest = sequence;
    return lowest;
  }
}

const isDelivered = ({ hop, outcome }: LineageRecord): boolean => hop === "Delivery" && outcome === "Delivered";
