import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Runnable } from "./runnable.ts";

export interface StartGroupsDeps {
  clock: Pick<Clock, "after">;
  log: Log;
  /** How long one group may take to stop, milliseconds; what is not done by then is left behind. */
  stopWithinMs: number;
}

/** Starts groups one after another, all of a group at once, and stops them in reverse. */
export class StartGroups {
  readonly #groups: readonly (readonly Runnable[])[];
  readonly #deps: StartGroupsDeps;
  /** Groups whose start began, in order. */
  readonly #begun: (readonly Runnable[])[] = [];
  #stopping = false;

  constructor(groups: readonly (readonly Runnable[])[], deps: StartGroupsDeps) {
    this.#groups = groups;
    this.#deps = deps;
  }

  /** Resolves when all are started, or `signal` aborts. Rejects with the first error; `stop` has to be called anyway. */
  async start(signal: AbortSignal): Promise<void> {
    for (const group of this.#groups) {
      if (signal.aborted || this.#stopping) return;
      this.#begun.push(group);
      await Promise.all(group.map((runnable) => runnable.start(signal)));
    }
  }

  /** Never rejects: whatever does not stop must not keep the others from it. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const group of this.#begun.splice(0).toReversed()) await Promise.all(group.map((each) => this.#stop(each)));
  }

  async #stop(runnable: Runnable): Promise<void> {
    const { clock, log, stopWithinMs } = this.#deps;
    const late = Promise.withResolvers<void>();
    const cancel = clock.after(stopWithinMs, () => {
      log.error("not stopped in time", { component: runnable.name, ms: stopWithinMs });
      late.resolve();
    });
    const stopped = runnable.stop().catch((error: unknown) => {
      log.error("not stopped well", { component: runnable.name, error });
    });
    await Promise.race([stopped, late.promise]);
    cancel();
  }
}
