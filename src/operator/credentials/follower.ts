import type { Clock } from "../../base/clock.ts";
import { errorCode, safeReason } from "../../base/errors.ts";
import type { Log } from "../../telemetry/log.ts";
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
const RETRY_MS = 2_000;

/** Looks again and again who issues adapters' credentials. While there is trouble, who issued before goes on. */
export class IssuerFollower implements Runnable {
  readonly name = "credentials of adapters";
  readonly #options: FollowerOptions;
  readonly #over = new AbortController();
  #following: Promise<void> | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** Resolves once it is known, or `signal` aborts. */
  async start(signal: AbortSignal): Promise<void> {
    const { clock, log, state } = this.#options;
    const ended = AbortSignal.any([signal, this.#over.signal]);
    await this.#look();
    while (!state.issuer && !ended.aborted) {
      await clock.sleep(RETRY_MS, ended);
      await this.#look();
    }
    if (ended.aborted) return;
    if (state.issuer?.kind === "None")
      log.warn("adapters connect without credentials", {
        reason: "nothing to issue them with: any pod that reaches NATS may do there what an adapter may",
      });
    this.#following = this.#follow();
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { clock, everyMs = EVERY_MS } = this.#options;
    for (;;) {
      await clock.sleep(everyMs, this.#over.signal);
      if (this.#over.signal.aborted) return;
      await this.#look();
    }
  }

  async #look(): Promise<void> {
    const { log, read, state } = this.#options;
    try {
      state.set(await read());
    } catch (error) {
      log.error("no new credentials for adapters", { code: errorCode(error), reason: safeReason(error), error });
    }
  }
}
