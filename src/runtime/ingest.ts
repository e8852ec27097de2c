import type { Receipt, Receive, Received } from "../adapters/adapter.ts";
import type { LineageRecord } from "../api/lineage.ts";
import { FasciaError, errorCode, safeReason } from "../base/errors.ts";
import { keyedHash } from "../base/hash.ts";
import type { AdapterConfig } from "../compile/config.ts";
import { adapterRef, rawStream, rawSubject } from "../compile/names.ts";
import { type PubAck, publish } from "../jetstream/publish.ts";
import { getMessage } from "../jetstream/read.ts";
import { startSpan } from "../telemetry/tracing.ts";
import type { Deps } from "./deps.ts";
import { HEADER, asciiLine } from "../jetstream/headers.ts";
import { eventToken } from "./eventtoken.ts";
import { FOREIGN_FIELD, type ForeignField } from "./guard.ts";
import type { Original, Transform } from "./normalise/transform.ts";
import type { RecordWriter } from "./records.ts";

/** A sender waits about this long before it gives up by itself; ours must be over before. */
const PATIENCE_MS = 8000;
/** A certificate's subject may be anything. */
const MAX_PRINCIPAL = 128;

/** Ids and hashes of one received message. */
interface Identified {
  messageId: string;
  payloadHash: string;
  timeHash: string;
}

/**
 * Stores what a source receives, as it is, and tells what became of it. Accepted means durable in the RAW stream.
 * A repeated id is compared with its original: the same message is a Duplicate, another one under the same control id
 * is reuse (senders reset their counters) and stored under an id of its own.
 */
export class Ingest {
  readonly #deps: Deps;
  readonly #records: RecordWriter;
  #config: AdapterConfig;
  #transform: Transform;

  constructor(deps: Deps, config: AdapterConfig, transform: Transform, records: RecordWriter) {
    this.#deps = deps;
    this.#config = config;
    this.#transform = transform;
    this.#records = records;
  }

  configure(config: AdapterConfig, transform: Transform): void {
    this.#config = config;
    this.#transform = transform;
  }

  readonly receive: Receive = async (message) => {
    const { clock, metrics, adapter } = this.#deps;
    const started = clock.monotonic();
    const receipt = await this.#store(message);
    metrics.received.add({ adapter: adapterRef(adapter), result: receipt.status });
    metrics.ingestSeconds.observe({ adapter: adapterRef(adapter) }, (clock.monotonic() - started) / 1000);
    return receipt;
  };

  async #store(message: Received): Promise<Receipt> {
    const span = startSpan("receive", {
      ...(message.traceparent !== undefined && { traceparent: message.traceparent }),
      attributes: { adapter: adapterRef(this.#deps.adapter) },
    });
    try {
      const ids = this.#identify(message);
      const rejection = await this.#transform.rejection(() => this.#originalOf(message, ids));
      if (rejection) {
        this.#reject(message, ids, rejection);
        span.end("Rejected");
        return { status: "Rejected", reason: rejection.message };
      }
      const ack = await this.#publish(message, ids, span.traceparent);
      const receipt = ack.duplicate
        ? await this.#repeated(message, ids, ack, span.traceparent)
        : accepted(ids.messageId);
      span.end(receipt.status);
      return receipt;
    } catch (error) {
      span.end(errorCode(error));
      return this.#failed(error);
    }
  }

  #originalOf({ body, dialect, event }: Received, { messageId }: Identified): Original {
    const receivedAt = this.#deps.clock.now();
    return { body, dialect, event: event === undefined ? "" : eventToken(event, dialect), receivedAt, messageId };
  }

  #identify(message: Received): Identified {
    const { hash } = this.#deps.keys;
    const source = adapterRef(this.#deps.adapter);
    const payloadHash = keyedHash(hash, "payload", message.body);
    const identity = message.identity.length > 0 ? message.identity : [payloadHash];
    return {
      messageId: keyedHash(hash, "message", source, ...identity),
      payloadHash,
      timeHash: keyedHash(hash, "time", message.messageTime ?? ""),
    };
  }

  #publish(message: Received, ids: Identified, traceparent: string | undefined): Promise<PubAck> {
    const { hub, adapter, clock } = this.#deps;
    const headers: Record<string, string> = {
      [HEADER.messageId]: ids.messageId,
      [HEADER.source]: adapterRef(adapter),
      [HEADER.dialect]: message.dialect,
      [HEADER.payloadHash]: ids.payloadHash,
      [HEADER.messageTime]: ids.timeHash,
      [HEADER.receivedAt]: String(clock.now()),
    };
    if (message.event !== undefined) headers[HEADER.event] = eventToken(message.event, message.dialect);
    if (message.principal !== undefined) headers[HEADER.principal] = asciiLine(message.principal, MAX_PRINCIPAL);
    if (traceparent !== undefined) headers[HEADER.traceparent] = traceparent;
    return publish(
      hub,
      rawSubject(adapter),
      message.body,
      { headers, msgId: ids.messageId, patienceMs: PATIENCE_MS },
      clock,
    );
  }

  async #repeated(message: Received, ids: Identified, ack: PubAck, traceparent: string | undefined): Promise<Receipt> {
    if (message.isOne) return { status: "Duplicate", messageId: ids.messageId };
    const original = await getMessage(this.#deps.hub, rawStream(this.#deps.adapter), ack.sequence);
    const same =
      original?.header(HEADER.payloadHash) === ids.payloadHash && original.header(HEADER.messageTime) === ids.timeHash;
    if (same) {
      this.#note(ids, { hop: "Repeated", outcome: "Duplicate" });
      return { status: "Duplicate", messageId: ids.messageId };
    }
    this.#deps.metrics.received.add({ adapter: adapterRef(this.#deps.adapter), result: "Reuse" });
    if (this.#config.spec.dedupe.onReuse === "Reject") {
      this.#note(ids, { hop: "Repeated", outcome: "ReuseRefused" });
      return {
        status: "Refused",
        reason: "the control id was used for another message already (spec.dedupe.onReuse is Reject)",
      };
    }
    const messageId = keyedHash(this.#deps.keys.hash, "reuse", ids.messageId, ids.timeHash, ids.payloadHash);
    const again = await this.#publish(message, { ...ids, messageId }, traceparent);
    this.#note({ ...ids, messageId }, { hop: "Repeated", outcome: again.duplicate ? "Duplicate" : "Reuse" });
    return again.duplicate ? { status: "Duplicate", messageId } : accepted(messageId);
  }

  /** Nothing of it is kept but that it was there. */
  #reject({ principal }: Received, ids: Identified, { message: reason }: ForeignField): void {
    const { adapter, metrics } = this.#deps;
    metrics.foreign.add({ adapter: adapterRef(adapter), outcome: "Rejected" });
    this.#note(ids, {
      hop: "Normalised",
      outcome: "Rejected",
      revision: this.#transform.revision,
      reason,
      rule: FOREIGN_FIELD,
      ...(principal !== undefined && { principal: asciiLine(principal, MAX_PRINCIPAL) }),
    });
  }

  /** Lineage of the unusual: the usual is told by the normaliser. Its loss must not turn an AA into an AE. */
  #note(ids: Identified, more: Pick<LineageRecord, "hop"> & Partial<LineageRecord>): void {
    const { adapter, clock, log } = this.#deps;
    const record: LineageRecord = {
      at: clock.now(),
      messageId: ids.messageId,
      correlationId: ids.messageId,
      source: adapterRef(adapter),
      adapter: adapterRef(adapter),
      payloadHash: ids.payloadHash,
      ...more,
    };
    this.#records
      .add(record)
      .catch((error: unknown) => log.warn("lineage was not written", { adapter: adapterRef(adapter), error }));
  }

  #failed(error: unknown): Receipt {
    const code = errorCode(error);
    this.#deps.log.warn("message not stored", { adapter: adapterRef(this.#deps.adapter), code, error });
    if (code === "MessageTooLarge") return { status: "Refused", reason: safeReason(error) };
    const full = error instanceof FasciaError && code === "StreamFull";
    return { status: "Unavailable", reason: full ? "the hub is full" : "the hub is not available" };
  }
}

const accepted = (messageId: string): Receipt => ({ status: "Accepted", messageId });
