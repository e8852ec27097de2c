import type { AuditRecord } from "../../api/audit.ts";
import { type BackoffPolicy, backoff } from "../../base/backoff.ts";
import type { Clock } from "../../base/clock.ts";
import { errorCode } from "../../base/errors.ts";
import { Repeats } from "../../policy/audit/repeats.ts";
import type { CounterOf } from "../../telemetry/instruments.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Hub } from "../hub.ts";
import { mayPassLater } from "../errors.ts";
import { type Entry, entryOf, writeEntry } from "./write.ts";

/** Where records of the audit are handed in. Neither waits nor throws. */
export interface Audit {
  /** `once`: a token for what is recorded once, however often it is found, by whichever process. */
  record(record: AuditRecord | undefined, once?: string): void;
}

export interface AuditTrailOptions {
  /** Asked when there is something to write, again after it failed. */
  open(): Promise<Hub>;
  close(hub: Hub): Promise<void>;
  /** Copies of the stream, where this process has to make it. */
  replicas: number;
}

export interface AuditTrailDeps {
  clock: Clock;
  random(): number;
  log: Log;
  metrics: { auditLost: CounterOf<never> };
}

/** Records in memory while the hub is away: at some 600 bytes each. */
const MAX_WAITING = 2000;
/** Sent side by side. */
const GROUP = 64;
const RETRY: BackoffPolicy = { initialMs: 250, maxMs: 10_000 };
/** How long the end of the process waits for what is not written yet. */
const LAST_MS = 2000;

/**
 * Logs every record at once, and writes it to the hub as soon as that takes it: whoever hands one in waits for neither. What
 * memory has no room for while the hub is away is in the log alone, and counted.
 */
export class AuditTrail implements Audit {
  readonly name = "audit";
  readonly #options: AuditTrailOptions;
  readonly #deps: AuditTrailDeps;
  readonly #repeats = new Repeats();
  readonly #timers = new Map<string, () => void>();
  readonly #stopping = new AbortController();
  #waiting: Entry[] = [];
  #writing: Promise<void> | undefined;
  #hub: Hub | undefined;

  constructor(options: AuditTrailOptions, deps: AuditTrailDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  record(record: AuditRecord | undefined, once?: string): void {
    if (record === undefined) return;
    this.#say(record);
    if (once === undefined) this.#follow(this.#repeats.take(record));
    else this.#add(entryOf(record, once));
  }

  /** Writes what it can within two seconds, and closes the connection. */
  async stop(): Promise<void> {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    for (const record of this.#repeats.rest()) this.#add(entryOf(record));
    const late = new AbortController();
    await Promise.race([this.#writing, this.#deps.clock.sleep(LAST_MS, late.signal)]);
    late.abort();
    this.#stopping.abort();
    await this.#writing;
    if (this.#waiting.length > 0) this.#lose(this.#waiting.length);
    if (this.#hub) await this.#options.close(this.#hub);
  }

  #follow({ write, opened }: ReturnType<Repeats["take"]>): void {
    if (write) this.#add(entryOf(write));
    if (!opened) return;
    const { key, ms } = opened;
    const close = () => {
      this.#timers.delete(key);
      this.#follow(this.#repeats.close(key));
    };
    this.#timers.set(key, this.#deps.clock.after(ms, close));
  }

  #add(entry: Entry): void {
    if (this.#waiting.length >= MAX_WAITING) return this.#lose(1);
    this.#waiting.push(entry);
    this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    const { clock, log, random } = this.#deps;
    for (let attempt = 0; this.#waiting.length > 0;) {
      const failure = await this.#writeGroup();
      attempt = failure === undefined ? 0 : attempt + 1;
      if (failure === undefined) continue;
      if (attempt === 1) log.warn("audit is waiting", { error: failure, count: this.#waiting.length });
      if (this.#stopping.signal.aborted) break;
      await clock.sleep(backoff(RETRY, attempt, random), this.#stopping.signal);
    }
    // In the turn in which nothing was left: what is handed in next is written anew.
    this.#writing = undefined;
  }

  /** Resolves to what kept some of the oldest from being written. */
  async #writeGroup(): Promise<unknown> {
    try {
      const hub = (this.#hub ??= await this.#options.open());
      const group = this.#waiting.slice(0, GROUP);
      const results = await Promise.allSettled(group.map((entry) => writeEntry(hub, entry, this.#options.replicas)));
      const failures = results.map((result) => (result.status === "rejected" ? (result.reason as unknown) : undefined));
      const waits = failures.map((error) => error !== undefined && mayPassLater(errorCode(error)));
      const lost = failures.filter((error, i) => error !== undefined && !waits[i]);
      if (lost.length > 0) this.#lose(lost.length, lost[0]);
      this.#waiting = [...group.filter((_, i) => waits[i]), ...this.#waiting.slice(group.length)];
      return failures.find((_, i) => waits[i]);
    } catch (error) {
      return error;
    }
  }

  /** `error`: why the hub never takes the first of them; undefined where there was no room or no time. */
  #lose(count: number, error?: unknown): void {
    this.#deps.metrics.auditLost.add({}, count);
    this.#deps.log.error("audit record not written", { count, ...(error !== undefined && { error }) });
  }

  #say({ verdict, by, user, request, operation, resource, rules }: AuditRecord): void {
    const { kind, namespace, name } = resource;
    const [first] = rules;
    const fields = {
      component: by,
      kind,
      resource: namespace === undefined ? name : `${namespace}/${name}`,
      code: first?.rule,
      path: first?.path,
      user: user?.name,
      operation,
      request,
    };
    if (verdict === "Denied") this.#deps.log.info("denied by policy", fields);
    else this.#deps.log.info("allowed by exception", { ...fields, exception: exceptionIn(rules) });
  }
}

function exceptionIn([first]: AuditRecord["rules"]): string | undefined {
  const { namespace = "", name = "" } = first?.exception ?? {};
  return name === "" ? undefined : `${namespace}/${name}`;
}
