import type { World } from "../../policy/rule.ts";
import type { AdmissionMetrics } from "../../telemetry/admissionmetrics.ts";
import type { Clock } from "../../base/clock.ts";
import type { Audit } from "../../jetstream/audit/trail.ts";
import type { Health } from "../../telemetry/health.ts";
import type { Log } from "../../telemetry/log.ts";
import { type CertificateSource, ServingCertificates } from "../certificates/serve.ts";
import type { Runnable } from "../manager/runnable.ts";
import type { AccessCheck } from "./access.ts";
import { Aside } from "./aside.ts";
import { judge } from "./judge.ts";
import { AdmissionServer } from "./server.ts";

export interface AdmissionOptions {
  /** Address to listen on; undefined: all of them. */
  host?: string | undefined;
  port: number;
  /** Where its certificate comes from. */
  source: CertificateSource;
  /** All resources; asked once caches are filled, for each request. */
  world(): World;
  access: AccessCheck;
  audit: Audit;
}

export interface AdmissionDeps {
  clock: Clock;
  metrics: AdmissionMetrics;
  log: Log;
  health: Health;
}

/** Judges what the API server asks about, on every replica. The process is ready only with it. */
export class Admission implements Runnable {
  readonly name = "admission";
  readonly #deps: AdmissionDeps;
  readonly #aside = new Aside();
  readonly #server: AdmissionServer;
  readonly #certificates: ServingCertificates;
  #answers = false;

  constructor({ host, port, source, world, access, audit }: AdmissionOptions, deps: AdmissionDeps) {
    const { clock, health, log, metrics } = deps;
    this.#deps = deps;
    const aside = this.#aside;
    this.#server = new AdmissionServer({
      host,
      port,
      judge: (body) => judge(body, { world, access, aside, clock, metrics, audit }),
      ready: () => this.#answers,
      metrics,
      log,
    });
    this.#certificates = new ServingCertificates({ source, server: this.#server, metrics, clock, log });
    health.hold(this.name, "waits for resources and its certificate");
  }

  /** The port that is listened on. */
  get port(): number {
    return this.#server.port;
  }

  /** Resolves when requests are answered, or `signal` aborts. Rejects with FasciaError `ListenFailed`. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#server.start();
    await this.#certificates.start(signal);
    if (signal.aborted) return;
    this.#answers = true;
    this.#deps.health.forget(this.name);
  }

  async stop(): Promise<void> {
    await this.#certificates.stop();
    await this.#server.stop();
    await this.#aside.stop();
  }
}
