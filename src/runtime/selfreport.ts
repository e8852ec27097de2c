import type { LineageRecord } from "../api/lineage.ts";
import { errorCode } from "../base/errors.ts";
import { canonicalJson } from "../base/hash.ts";
import { REPORT, adapterRef, lineageStream, lineageSubject } from "../compile/names.ts";
import { publish } from "../jetstream/publish.ts";
import { lastMessages } from "../jetstream/read.ts";
import { type Report, reportIn } from "../jetstream/reports.ts";
import type { Deps } from "./deps.ts";

const PATIENCE_MS = 1000;
const ALL_IS_WELL: Report = { secrets: {} };

/**
 * Tells the control plane what an adapter alone knows: which of its Secrets lack keys, and why it can't run its present
 * configuration. A record of its lineage, written when it is another than the one before: an adapter that never had
 * trouble writes none.
 */
export class SelfReport {
  readonly #deps: Deps;
  readonly #subject: string;
  /** What the hub holds; undefined: not asked yet. */
  #told: string | undefined;
  #latest = ALL_IS_WELL;
  #telling: Promise<void> | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#subject = lineageSubject(deps.adapter, REPORT);
  }

  /** Resolves when the hub holds it, or can't be told. Never rejects: what could not be told is when this is called again. */
  async tell(report: Report): Promise<void> {
    this.#latest = report;
    this.#telling ??= this.#tellLatest().finally(() => {
      this.#telling = undefined;
    });
    await this.#telling;
  }

  async #tellLatest(): Promise<void> {
    try {
      while (this.#told !== canonicalJson(this.#latest)) await this.#tell(this.#latest);
    } catch (error) {
      const { log, adapter } = this.#deps;
      log.debug("report is waiting", { adapter: adapterRef(adapter), code: errorCode(error) });
    }
  }

  async #tell(report: Report): Promise<void> {
    const text = canonicalJson(report);
    this.#told ??= canonicalJson(await this.#before());
    if (this.#told !== text) await this.#write(report);
    this.#told = text;
  }

  async #before(): Promise<Report> {
    const [last] = await lastMessages(this.#deps.hub, lineageStream(this.#deps.adapter.namespace), this.#subject);
    return last === undefined ? ALL_IS_WELL : reportIn(last);
  }

  async #write(report: Report): Promise<void> {
    const adapter = adapterRef(this.#deps.adapter);
    const names = { messageId: "", correlationId: "", source: adapter, adapter };
    const record: LineageRecord = { hop: "Reported", at: this.#deps.clock.now(), ...names, ...report };
    await publish(this.#deps.hub, this.#subject, JSON.stringify([record]), { patienceMs: PATIENCE_MS });
  }
}
