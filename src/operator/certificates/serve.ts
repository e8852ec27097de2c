import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { Clock } from "../../base/clock.ts";
import { FasciaError, safeReason } from "../../base/errors.ts";
import type { AdmissionMetrics } from "../../telemetry/admissionmetrics.ts";
import type { Log } from "../../telemetry/log.ts";
import { Poller } from "../manager/poller.ts";
import type { Runnable } from "../manager/runnable.ts";
import { periodOf } from "./material.ts";

/** What a TLS server shows and proves, PEM. */
export interface ServingCertificate {
  cert: string;
  key: string;
}

/** Takes the certificate that new connections get from now on; the same one again is no change. */
export type Serve = (certificate: ServingCertificate) => void;

/** Where a certificate comes from: our own, or files that somebody else renews. */
export interface CertificateSource {
  /** Looks what there is now and hands it over. Rejects where there is nothing that could be served. */
  look(serve: Serve): Promise<void>;
}

export interface ServingOptions {
  source: CertificateSource;
  /** The server whose certificate it is. */
  server: { setSecureContext(certificate: ServingCertificate): void };
  metrics: Pick<AdmissionMetrics, "certificateExpiry">;
  clock: Pick<Clock, "sleep">;
  log: Log;
  /** How often is looked: also how soon a certificate that was renewed elsewhere is served. */
  everyMs?: number;
}

const EVERY_MS = 10_000;

/** Has a server show the newest certificate of a source; keeps the one before while there is trouble. */
export class ServingCertificates implements Runnable {
  readonly name = "webhook certificate";
  readonly #options: ServingOptions;
  readonly #poller: Poller;
  #served: ServingCertificate | undefined;

  constructor(options: ServingOptions) {
    const { clock, everyMs = EVERY_MS, log, source } = options;
    this.#options = options;
    this.#poller = new Poller({
      name: this.name,
      everyMs,
      look: () => source.look((certificate) => this.#serve(certificate)),
      failed: (error) => log.warn("webhook certificate not renewed", { reason: safeReason(error), error }),
      known: () => this.ready,
      clock,
    });
  }

  /** Whether there is a certificate to serve at all. */
  get ready(): boolean {
    return this.#served !== undefined;
  }

  /** Resolves when the first certificate is served, or, without meaning, when `signal` aborts. */
  start(signal: AbortSignal): Promise<void> {
    return this.#poller.start(signal);
  }

  stop(): Promise<void> {
    return this.#poller.stop();
  }

  #serve(certificate: ServingCertificate): void {
    if (certificate.cert === this.#served?.cert && certificate.key === this.#served.key) return;
    const { metrics, server } = this.#options;
    const { to } = readable(certificate);
    server.setSecureContext(certificate);
    this.#served = certificate;
    metrics.certificateExpiry.set({ certificate: "webhook" }, to / 1000);
  }
}

/** OpenSSL reads it here, so that half of a renewal is an error and the certificate before stays. */
function readable(certificate: ServingCertificate): { to: number } {
  try {
    createSecureContext(certificate);
    return periodOf(new X509Certificate(certificate.cert));
  } catch (cause) {
    const message = "certificate or key of the webhook is not a PEM file, or they do not belong together";
    throw new FasciaError("TlsInvalid", message, { cause });
  }
}
