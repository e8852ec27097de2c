import type { Clock } from "../../base/clock.ts";
import { FasciaError } from "../../base/errors.ts";
import type { Log } from "../../telemetry/log.ts";
import { decide, type Periods, PERIODS } from "./decide.ts";
import { type Material, readMaterial } from "./material.ts";
import { renew } from "./renew.ts";
import type { Serve } from "./serve.ts";
import type { CertificateStore } from "./store.ts";

export interface KeeperOptions {
  store: CertificateStore;
  /** DNS names and addresses that the API server calls us by, e.g. `fascia-webhook.fascia-system.svc`. */
  names: readonly string[];
  clock: Pick<Clock, "now">;
  log: Log;
  periods?: Periods;
}

/** Each step writes at most an authority and a certificate; others who write at the same time cost a few more. */
const MAX_STEPS = 10;

/**
 * Keeps a certificate of our own in a Secret: makes it, renews it in time and has the API server trust it. Several
 * operators may do so side by side, leading or not: whoever is quicker writes, and the others take what is there.
 */
export class CertificateKeeper {
  readonly #options: KeeperOptions;
  readonly #periods: Periods;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#periods = options.periods ?? PERIODS;
  }

  /**
   * Does what is due and hands over the certificate to serve. Rejects with what the store rejects with, or with
   * FasciaError `WebhookConfigurationMissing`.
   */
  async look(serve: Serve): Promise<void> {
    const material = await this.#settled();
    // First everybody is told whom to trust, then the certificate is shown.
    const published = await this.#publish(material["ca.crt"]);
    serve({ cert: material["tls.crt"], key: material["tls.key"] });
    if (!published)
      throw new FasciaError(
        "WebhookConfigurationMissing",
        "there is no ValidatingWebhookConfiguration to publish the certificate's authority in: apply config/admission",
      );
  }

  /** What is in the Secret once nothing is left to do. */
  async #settled(): Promise<Material> {
    const { clock, log, names, store } = this.#options;
    for (let step = 0; step < MAX_STEPS; step++) {
      const stored = await store.readSecret();
      const { material, held } = readMaterial(stored?.data ?? {}) ?? {};
      const now = clock.now();
      const decision = decide(held, names, now, this.#periods);
      // What is kept is there.
      if (decision.action === "keep") return material as Material;
      const renewed = renew(decision.action, material, names, now, this.#periods);
      if (await store.writeSecret({ ...renewed }, stored?.version))
        log.info("webhook certificate renewed", { state: decision.action, reason: decision.reason });
    }
    throw contended("its Secret");
  }

  /** False where there is nowhere to publish it. */
  async #publish(bundle: string): Promise<boolean> {
    const { store } = this.#options;
    for (let step = 0; step < MAX_STEPS; step++) {
      const bundles = await store.readBundles();
      if (bundles === undefined) return false;
      if (bundles.every((each) => each === bundle) || (await store.writeBundle(bundle))) return true;
    }
    throw contended("the webhook configuration");
  }
}

const contended = (what: string): FasciaError =>
  new FasciaError(
    "CertificateContended",
    `${what} changed ${MAX_STEPS} times while the webhook's certificate was renewed`,
  );
