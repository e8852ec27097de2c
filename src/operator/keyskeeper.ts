import type { Clock } from "../base/clock.ts";
import { errorCode, safeReason } from "../base/errors.ts";
import type { Log } from "../telemetry/log.ts";
import { Poller } from "./manager/poller.ts";
import type { Runnable } from "./manager/runnable.ts";

export interface KeysKeeperOptions {
  /** The installation's keys as this process knows them. */
  keys: string;
  /** What is in the operator's Secret now; where there is none it is made again, of these keys. */
  keep(): Promise<string>;
  clock: Pick<Clock, "sleep">;
  log: Log;
}

const EVERY_MS = 60_000;

/** Puts the Secret with the installation's keys back while somebody still knows them: the next process would make others. */
export function keysKeeper({ clock, keep, keys, log }: KeysKeeperOptions): Runnable {
  const way = "restore the Secret from your backup before any operator starts: with others every patient is a new one";
  return new Poller({
    name: "keys of the installation",
    everyMs: EVERY_MS,
    look: async () => {
      if ((await keep()) !== keys) log.error("keys of the installation were replaced", { reason: way });
    },
    failed: (error) =>
      log.warn("keys of the installation not looked after", {
        code: errorCode(error),
        reason: safeReason(error),
        error,
      }),
    clock,
  });
}
