import type { ContractVersion } from "../../api/contractversion.ts";
import { FasciaError } from "../../base/errors.ts";
import { Semaphore } from "../../base/semaphore.ts";
import type { Change, Resource, Verdict } from "../../policy/rule.ts";
import { judgeAlone } from "./alone.ts";
import { Thread } from "./thread.ts";

/** Specs up to so many characters of JSON are judged at once: however hostile, they take a fraction of a second. */
const SMALL = 4096;

/** How long a large resource may take to judge, and how long one waits for those before it. Milliseconds. */
export interface AsideLimits {
  judgeMs: number;
  queueMs: number;
}

const LIMITS: AsideLimits = { judgeMs: 2000, queueMs: 2000 };

/**
 * Judges resources by the rules that compile what stands in them. A schema of a megabyte takes seconds to compile, and
 * meanwhile nobody else would be answered, so large ones go to a thread that can be stopped, and those with examples.
 */
export class Aside {
  readonly #limits: AsideLimits;
  readonly #turn = new Semaphore(1);
  /** Started before it is needed, so that nobody's time goes into loading it. */
  #thread = new Thread();

  constructor(limits: AsideLimits = LIMITS) {
    this.#limits = limits;
  }

  /** `related`: what the change is tried with. Rejects with FasciaError `AdmissionBusy` where too many large ones come at once. */
  async judge(change: Change, related: ContractVersion[] = []): Promise<Verdict[]> {
    const { new: resource, old = resource } = change;
    if (resource === undefined || old === undefined || [resource, old, ...related].every(isQuick))
      return judgeAlone(change);
    const patience = AbortSignal.timeout(this.#limits.queueMs);
    if (!(await this.#turn.acquire(patience))) throw busy();
    try {
      if (!(await this.#thread.loaded(patience))) throw busy();
      const verdicts = await this.#thread.ask({ change, related, isChange: true }, this.#limits.judgeMs);
      if (verdicts !== undefined) return verdicts;
      await this.#replaceThread();
      return [tooCostly(this.#limits.judgeMs)];
    } finally {
      this.#turn.release();
    }
  }

  async stop(): Promise<void> {
    await this.#thread.end();
  }

  async #replaceThread(): Promise<void> {
    const old = this.#thread;
    this.#thread = new Thread();
    await old.end();
  }
}

/** A few branches that refer to one another are enough for a schema to take for ever over one example. */
const isQuick = (resource: Resource): boolean =>
  JSON.stringify(resource.spec).length <= SMALL &&
  !(resource.kind === "ContractVersion" && resource.spec.examples !== undefined);

const busy = (): FasciaError =>
  new FasciaError("AdmissionBusy", "too many large resources are being judged at once; try again");

const tooCostly = (ms: number): Verdict => ({
  rule: "spec/unusable",
  severity: "Deny",
  path: "spec",
  message: `its schemas, expressions and examples take more than ${ms / 1000} s to compile and try: make them smaller`,
});
