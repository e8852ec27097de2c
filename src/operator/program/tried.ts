import type { ContractVersion } from "../../api/contractversion.ts";
import { backoff } from "../../base/backoff.ts";
import { relatedTo } from "../../policy/compatibility/translations.ts";
import type { Finding, Rule, RuleId, Verdict } from "../../policy/rule.ts";
import { Thread } from "../admission/thread.ts";

const TRYING = ["compatibility/example-fails", "compatibility/translation-fails"] as const satisfies RuleId[];

type Spec = ContractVersion["spec"];

interface Outcome {
  /** The specs that it was tried with. */
  related: readonly Spec[];
  /** Undefined where trying came to no end: the machine was busy, the thread ended, or it takes for ever. */
  verdicts: readonly Verdict[] | undefined;
  /** How often it came to none, one time after another. */
  failures: number;
  /** When it is tried again, milliseconds since the epoch. */
  retryAt: number;
}

/** What takes for ever costs its whole time whenever it is tried, and all others wait meanwhile. */
const RETRY = { initialMs: 4000, maxMs: 600_000 };
/** Nobody else tries at the same time. */
const NO_JITTER = () => 1;

interface Asked {
  version: ContractVersion;
  related: ContractVersion[];
}

/**
 * Contract tests of ContractVersions that are there: what admission tries of one that somebody applies. A few lines of
 * schema are enough to take for ever over one example, so all is tried in a thread that can be ended; it is there only
 * while there is something to try. What came to no end is no verdict on a contract: it is tried again, after a while.
 */
export class Tried {
  readonly #ms: number;
  readonly #start: () => Promise<Pick<Thread, "ask" | "end">>;
  /** By spec, which nobody changes. */
  readonly #known = new WeakMap<Spec, Outcome>();

  /** Of those that were asked about last. */
  #nextRetry: number | undefined;

  /** `ms`: how long one version may take. */
  constructor(ms = 2000, start: () => Promise<Pick<Thread, "ask" | "end">> = loaded) {
    this.#ms = ms;
    this.#start = start;
  }

  /** The rules that know what came of it at `now` (milliseconds since the epoch), for `judgeState` of the same versions. */
  async rules(versions: readonly ContractVersion[], now: number): Promise<Rule[]> {
    const asked = versions
      .map((version) => ({ version, related: relatedTo([version], versions) }))
      .filter(({ version, related }) => [version, ...related].some(({ spec }) => spec.examples !== undefined));
    await this.#try(asked, now);
    const outcomes = asked.map(({ version: { spec } }) => [spec, this.#known.get(spec)] as const);
    const retries = outcomes.flatMap(([, outcome]) =>
      outcome?.verdicts === undefined ? (outcome?.retryAt ?? []) : [],
    );
    this.#nextRetry = retries.length === 0 ? undefined : Math.min(...retries);
    const notTried = [this.#notTried()];
    const found = new Map<object, readonly Verdict[]>(
      outcomes.map(([spec, outcome]) => [spec, outcome?.verdicts ?? notTried]),
    );
    return TRYING.map((id) => ({
      id,
      judges: "State",
      check: ({ new: resource }): Finding[] =>
        (found.get(resource?.spec ?? NONE) ?? []).filter(({ rule }) => rule === id).map(findingOf),
    }));
  }

  /** When `rules` has something to try again, milliseconds since the epoch. */
  get nextRetry(): number | undefined {
    return this.#nextRetry;
  }

  #outcomeOf({ version: { spec }, related }: Asked): Outcome | undefined {
    const known = this.#known.get(spec);
    const isSame =
      known?.related.length === related.length && related.every((each, i) => each.spec === known.related[i]);
    return isSame ? known : undefined;
  }

  async #try(all: readonly Asked[], now: number): Promise<void> {
    let thread: Pick<Thread, "ask" | "end"> | undefined;
    for (const asked of all) {
      const before = this.#outcomeOf(asked);
      if (before !== undefined && (before.verdicts !== undefined || now < before.retryAt)) continue;
      const { version, related } = asked;
      thread ??= await this.#start();
      const change = { operation: "CREATE", new: version, dryRun: false, now: 0 } as const;
      const verdicts = await thread.ask({ change, related, isChange: false }, this.#ms);
      const failures = verdicts === undefined ? (before?.failures ?? 0) + 1 : 0;
      const retryAt = now + backoff(RETRY, failures, NO_JITTER);
      this.#known.set(version.spec, { related: related.map(({ spec }) => spec), verdicts, failures, retryAt });
      if (verdicts !== undefined) continue;
      await thread.end();
      thread = undefined;
    }
    await thread?.end();
  }

  /** The same each time: what is told again and again is told once. */
  #notTried(): Verdict {
    return {
      rule: "compatibility/example-fails",
      severity: "Deny",
      path: "spec.examples",
      message:
        `they were not tried to the end, as that took more than ${this.#ms / 1000} s or its thread ended: they are tried ` +
        "again, after a while; where this stays, make them smaller, and schema and translations simpler",
    };
  }
}

const NONE = {};

/** A thread that can be asked at once. */
export async function loaded(): Promise<Thread> {
  const thread = new Thread();
  await thread.loaded(new AbortController().signal);
  return thread;
}

const findingOf = ({ severity, path, message }: Verdict): Finding => ({ severity, path, message });
