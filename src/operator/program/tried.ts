import type { ContractVersion } from "../../api/contractversion.ts";
import { relatedTo } from "../../policy/compatibility/translations.ts";
import type { Finding, Rule, RuleId, Verdict } from "../../policy/rule.ts";
import { Thread } from "../admission/thread.ts";

const TRYING = ["compatibility/example-fails", "compatibility/translation-fails"] as const satisfies RuleId[];

type Spec = ContractVersion["spec"];

interface Outcome {
  /** The specs that it was tried with. */
  related: readonly Spec[];
  verdicts: readonly Verdict[];
}

/**
 * Contract tests of ContractVersions that are there: what admission tries of one that somebody applies. A few lines of
 * schema are enough to take for ever over one example, so all is tried in a thread that can be ended; it is there only
 * while there is something to try.
 */
export class Tried {
  readonly #ms: number;
  /** By spec, which nobody changes. */
  readonly #known = new WeakMap<Spec, Outcome>();

  /** `ms`: how long one version may take. */
  constructor(ms = 2000) {
    this.#ms = ms;
  }

  /** The rules that know what came of it, for `judgeState` of the same versions. */
  async rules(versions: readonly ContractVersion[]): Promise<Rule[]> {
    const asked = versions
      .map((version) => ({ version, related: relatedTo([version], versions) }))
      .filter(({ version, related }) => [version, ...related].some(({ spec }) => spec.examples !== undefined));
    await this.#try(asked.filter(({ version, related }) => !this.#isKnown(version, related)));
    const found = new Map<object, readonly Verdict[]>(
      asked.map(({ version: { spec } }) => [spec, this.#known.get(spec)?.verdicts ?? []]),
    );
    return TRYING.map((id) => ({
      id,
      judges: "State",
      check: ({ new: resource }): Finding[] =>
        (found.get(resource?.spec ?? NONE) ?? []).filter(({ rule }) => rule === id).map(findingOf),
    }));
  }

  #isKnown({ spec }: ContractVersion, related: readonly ContractVersion[]): boolean {
    const known = this.#known.get(spec)?.related;
    return known?.length === related.length && related.every((each, i) => each.spec === known[i]);
  }

  async #try(asked: readonly { version: ContractVersion; related: ContractVersion[] }[]): Promise<void> {
    let thread: Thread | undefined;
    for (const { version, related } of asked) {
      thread ??= await loaded();
      const change = { operation: "CREATE", new: version, dryRun: false, now: 0 } as const;
      const verdicts = await thread.ask({ change, related, isChange: false }, this.#ms);
      this.#known.set(version.spec, {
        related: related.map(({ spec }) => spec),
        verdicts: verdicts ?? [tooCostly(this.#ms)],
      });
      if (verdicts !== undefined) continue;
      await thread.end();
      thread = undefined;
    }
    await thread?.end();
  }
}

const NONE = {};

async function loaded(): Promise<Thread> {
  const thread = new Thread();
  await thread.loaded(new AbortController().signal);
  return thread;
}

const findingOf = ({ severity, path, message }: Verdict): Finding => ({ severity, path, message });

const tooCostly = (ms: number): Verdict => ({
  rule: "compatibility/example-fails",
  severity: "Deny",
  path: "spec.examples",
  message: `they take more than ${ms / 1000} s to try: make them smaller, and schema and translations simpler`,
});
