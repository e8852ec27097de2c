import type { Elector } from "./elector.ts";
import type { Runnable } from "./runnable.ts";
import { StartGroups, type StartGroupsDeps } from "./startgroups.ts";

export interface ManagerParts {
  /** Filled on every replica, so that the next leader is ready. */
  caches: readonly Runnable[];
  /** What every replica does as soon as caches are filled, e.g. admission. */
  servers?: readonly Runnable[];
  /** Without one, this process always leads. */
  elector?: Elector;
  /** What only the leader does. */
  controllers: readonly Runnable[];
}

const STOP_WITHIN_MS = 10_000;

/**
 * Runs caches, then servers, then waits for leadership, then runs controllers; stops them in reverse when `signal`
 * aborts. Rejects, after having stopped everything, when something does not start, or with FasciaError `LeaseLost`:
 * the process has to end then, because what it began as the leader may still be under way.
 */
export async function runManager(
  parts: ManagerParts,
  deps: Omit<StartGroupsDeps, "stopWithinMs">,
  signal: AbortSignal,
): Promise<void> {
  const { caches, servers = [], elector, controllers } = parts;
  const leadership = elector === undefined ? [] : [elector];
  const groups = new StartGroups([caches, servers, leadership, controllers], { ...deps, stopWithinMs: STOP_WITHIN_MS });
  const lost = elector?.lost ?? new Promise<never>(() => {});
  try {
    await Promise.race([groups.start(signal), lost]);
    await Promise.race([aborted(signal), lost]);
  } finally {
    await groups.stop();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
