import type { Clock } from "../../base/clock.ts";
import { errorCode, safeReason } from "../../base/errors.ts";
import type { Log } from "../../telemetry/log.ts";
import { Poller } from "../manager/poller.ts";
import type { Runnable } from "../manager/runnable.ts";
import type { Issuer } from "./issue.ts";
import type { CredentialState } from "./state.ts";

export interface FollowerOptions {
  /** Who issues now. Rejects where that can't be told, or could not be signed with. */
  read: () => Promise<Issuer>;
  state: CredentialState;
  clock: Pick<Clock, "sleep">;
  log: Log;
  /** How often is looked: how soon another signing key is taken up. */
  everyMs?: number;
}

const EVERY_MS = 10_000;

/** Looks again and again who issues adapters' credentials. While there is trouble, who issued before goes on. */
export class IssuerFollower implements Runnable {
  readonly name = "credentials of adapters";
  readonly #options: FollowerOptions;
  readonly #poller: Poller;

  constructor(options: FollowerOptions) {
    const { clock, everyMs = EVERY_MS, log, read, state } = options;
    this.#options = options;
    this.#poller = new Poller({
      name: this.name,
      everyMs,
      look: async () => state.set(await read()),
      failed: (error) =>
        log.error("no new credentials for adapters", { code: errorCode(error), reason: safeReason(error), error }),
      known: () => state.issuer !== undefined,
      clock,
    });
  }

  /** Resolves once it is known, or `signal` aborts. */
  async start(signal: AbortSignal): Promise<void> {
    const { log, state } = this.#options;
    await this.#poller.start(signal);
    if (!signal.aborted && state.issuer?.kind === "None")
      log.warn("adapters connect without credentials", {
        reason: "nothing to issue them with: any pod that reaches NATS may do there what an adapter may",
      });
  }

  stop(): Promise<void> {
    return this.#poller.stop();
  }
}
