import type { LineageRecord } from "../api/lineage.ts";
import { errorCode } from "../base/errors.ts";
import { canonicalJson } from "../base/hash.ts";
import { REPORT, adapterRef, lineageStream, lineageSubject } from "../compile/names.ts";
import { publish } from "../jetstream/publish.ts";
import { lastMessages } from "../jetstream/read.ts";
import { secretsIn } from "../jetstream/reports.ts";
import type { Deps } from "./deps.ts";
import type { SecretTrouble } from "./secretwatch.ts";

const PATIENCE_MS = 1000;

/**
 * Tells the control plane, which must not read Secrets, what an adapter lacks of them: a record of its lineage, written
 * when it is another than the one before. An adapter that never lacked anything writes none.
 */
export class SecretReport {
  readonly #deps: Deps;
  readonly #subject: string;
  /** What the hub holds; undefined: not asked yet. */
  #told: string | undefined;
  #telling = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#subject = lineageSubject(deps.adapter, REPORT);
  }

  /** Never rejects: what could not be told is told when this is called again. */
  async tell(troubles: readonly SecretTrouble[]): Promise<void> {
    const secrets = Object.fromEntries(troubles.map(({ path, present }) => [path, present]));
    if (this.#telling || this.#told === canonicalJson(secrets)) return;
    this.#telling = true;
    try {
      this.#told ??= canonicalJson(await this.#before());
      if (this.#told !== canonicalJson(secrets)) await this.#write(secrets);
      this.#told = canonicalJson(secrets);
    } catch (error) {
      this.#deps.log.debug("report is waiting", { adapter: adapterRef(this.#deps.adapter), code: errorCode(error) });
    } finally {
      this.#telling = false;
    }
  }

  async #before(): Promise<Record<string, string[]>> {
    const [last] = await lastMessages(this.#deps.hub, lineageStream(this.#deps.adapter.namespace), this.#subject);
    return last === undefined ? {} : secretsIn(last);
  }

  async #write(secrets: Record<string, string[]>): Promise<void> {
    const adapter = adapterRef(this.#deps.adapter);
    const at = this.#deps.clock.now();
    const names = { messageId: "", correlationId: "", source: adapter, adapter };
    const record: LineageRecord = { hop: "Reported", at, ...names, secrets };
    await publish(this.#deps.hub, this.#subject, JSON.stringify([record]), { patienceMs: PATIENCE_MS });
  }
}
