import type { Applied } from "../standalone/controlplane.ts";
import type { ManifestProblem } from "../standalone/manifests.ts";
import { shortened } from "../telemetry/fields.ts";
import type { Log } from "../telemetry/log.ts";

/**
 * Logs what came of applying a directory. What is to be said of a state that is in effect is said once for as long as it
 * is so, however often something else is edited; why an edit was refused is said whole each time.
 */
export class RunReport {
  readonly #log: Log;
  #said: ReadonlySet<string> = new Set();

  constructor(log: Log) {
    this.#log = log;
  }

  tell({ accepted, problems }: Applied): void {
    if (accepted) this.#warn(problems);
    else this.#refuse(problems);
  }

  #warn(problems: ManifestProblem[]): void {
    const before = this.#said;
    this.#said = new Set(problems.map(textOf));
    for (const problem of problems) {
      if (before.has(textOf(problem))) continue;
      const isReference = problem.rule === undefined || problem.rule.startsWith("references/");
      if (isReference) this.#log.warn("reference does not resolve", fieldsOf(problem));
      else this.#log.warn("allowed with a warning", fieldsOf(problem));
    }
  }

  #refuse(problems: ManifestProblem[]): void {
    for (const problem of problems) this.#log.error("edit refused", fieldsOf(problem));
    this.#log.error("manifests refused", {
      reason: "the state before goes on running; mend the files above",
      count: problems.length,
    });
  }
}

const fieldsOf = ({ file, line, path, reason, rule }: ManifestProblem) => ({
  file,
  line,
  path,
  reason: shortened(reason),
  code: rule,
});

/** Lines move when something is added above. */
const textOf = ({ file, path, reason, rule }: ManifestProblem): string => JSON.stringify([file, path, reason, rule]);
