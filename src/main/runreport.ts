import type { Applied } from "../standalone/controlplane.ts";
import type { ManifestProblem } from "../standalone/manifests.ts";
import { shortened } from "../telemetry/fields.ts";
import type { Health } from "../telemetry/health.ts";
import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";

export interface RunReportParts {
  log: Log;
  health: Pick<Health, "note" | "forget">;
  metrics: Pick<Metrics, "refusedManifests">;
}

/** Whether the present directory is in effect, as /readyz tells it. */
const MANIFESTS = "manifests";
const EXCEPTIONS = "exceptions";

/**
 * Logs what came of applying a directory. What is to be said of a state that is in effect is said once for as long as it
 * is so, however often something else is edited; why an edit was refused is said whole each time.
 */
export class RunReport {
  readonly #parts: RunReportParts;
  #said: ReadonlySet<string> = new Set();
  #lapsed: ReadonlySet<string> = new Set();

  constructor(parts: RunReportParts) {
    this.#parts = parts;
  }

  tell({ accepted, problems, lapsed }: Applied): void {
    this.#parts.metrics.refusedManifests.set({}, accepted ? 0 : problems.length);
    if (!accepted) return this.#refuse(problems);
    this.#parts.health.forget(MANIFESTS);
    this.#warn(problems);
    this.#tellLapsed(lapsed);
  }

  #tellLapsed(lapsed: ManifestProblem[]): void {
    const { log, health } = this.#parts;
    const before = this.#lapsed;
    this.#lapsed = new Set(lapsed.map(textOf));
    for (const problem of lapsed)
      if (!before.has(textOf(problem)))
        log.error("what an exception let pass goes on after its end", fieldsOf(problem));
    const text = `${lapsed.length} denied by now, since the exception that let it pass has ended; the log says which`;
    if (lapsed.length > 0) health.note(EXCEPTIONS, text);
    else health.forget(EXCEPTIONS);
  }

  #warn(problems: ManifestProblem[]): void {
    const { log } = this.#parts;
    const before = this.#said;
    this.#said = new Set(problems.map(textOf));
    for (const problem of problems) {
      if (before.has(textOf(problem))) continue;
      const isReference = problem.rule === undefined || problem.rule.startsWith("references/");
      if (isReference) log.warn("reference does not resolve", fieldsOf(problem));
      else log.warn("allowed with a warning", fieldsOf(problem));
    }
  }

  #refuse(problems: ManifestProblem[]): void {
    const { log, health } = this.#parts;
    for (const problem of problems) log.error("edit refused", fieldsOf(problem));
    log.error("manifests refused", {
      reason: "the state before goes on running; mend the files above",
      count: problems.length,
    });
    health.note(MANIFESTS, `the last edit is refused, and what was there before goes on; the log says why`);
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
