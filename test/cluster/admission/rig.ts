import type { KubeClient } from "../../../hack/cluster/client.ts";
import { KINDS } from "../../../src/api/kinds.ts";
import { FIELDS, type Resource } from "../../../src/compile/resources.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { accessReview } from "../../../src/operator/admission/access.ts";
import { Aside } from "../../../src/operator/admission/aside.ts";
import { judge } from "../../../src/operator/admission/judge.ts";
import { AdmissionServer } from "../../../src/operator/admission/server.ts";
import { VALIDATE_PATH, webhookConfiguration } from "../../../src/operator/admission/webhooks.ts";
import { WorldReader } from "../../../src/operator/admission/world.ts";
import { clusterStore } from "../../../src/operator/certificates/clusterstore.ts";
import { CertificateKeeper } from "../../../src/operator/certificates/keeper.ts";
import { type CertificateSource, ServingCertificates } from "../../../src/operator/certificates/serve.ts";
import type { CertificateStore } from "../../../src/operator/certificates/store.ts";
import type { AuditRecord } from "../../../src/api/audit.ts";
import type { Audit } from "../../../src/jetstream/audit/trail.ts";
import type { World } from "../../../src/policy/rule.ts";
import { createOperatorMetrics } from "../../../src/telemetry/operatormetrics.ts";
import { silentLog } from "../../../src/telemetry/log.ts";
import { eventually } from "../../builders/eventually.ts";
import { create } from "../api.ts";
import type { Connection } from "../manager/rig.ts";
import type { Api } from "../startapi.ts";

export const WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
export const CONFIGURATION = "fascia";
export const SECRET = { namespace: "default", secretName: "fascia-webhook" };

const reader = new WorldReader();

/** All resources, listed through the API: what the operator's caches will know. */
async function worldOf(client: KubeClient): Promise<World> {
  const lists = KINDS.map(async ({ kind, plural }) => {
    const { body } = await client.request("GET", `/apis/fascia.dev/v1alpha1/${plural}`);
    return [FIELDS[kind as Resource["kind"]], (body as { items: object[] }).items] as const;
  });
  return reader.world(Object.fromEntries(await Promise.all(lists)));
}

export const storeOf = ({ client }: Connection): CertificateStore =>
  clusterStore({ client, configuration: CONFIGURATION, ...SECRET });

/** An admission server with a certificate of its own, and the API server told to ask it. */
export class Webhook {
  readonly #client: KubeClient;
  /** As the operator asks. */
  readonly #operator: Api["client"];
  readonly #aside = new Aside();
  readonly metrics = createOperatorMetrics({ process: false });
  /** Where what is denied is recorded: nowhere, unless somebody looks. */
  audit: Audit = { record: () => {} };
  #world: World | undefined;
  #server: AdmissionServer | undefined;
  #certificates: ServingCertificates | undefined;

  constructor({ controlPlane, client }: Pick<Api, "controlPlane" | "client">) {
    this.#client = controlPlane.client("admin");
    this.#operator = client;
  }

  /** What the rules know from now on. */
  async refresh(): Promise<void> {
    this.#world = await worldOf(this.#client);
  }

  forget(): void {
    this.#world = undefined;
  }

  /** `register`: also makes the webhook configuration, with the port listened on. */
  async start(source: CertificateSource, { port = 0, register = false } = {}): Promise<number> {
    const { metrics } = this;
    const access = accessReview(this.#operator);
    const deps = {
      world: () => this.#world,
      access,
      aside: this.#aside,
      clock: systemClock,
      metrics,
      audit: { record: (record?: AuditRecord) => this.audit.record(record) },
    };
    const server = new AdmissionServer({
      host: "127.0.0.1",
      port,
      judge: (body) => judge(body, deps),
      ready: () => this.#certificates?.ready === true,
      metrics,
      log: silentLog,
    });
    this.#server = server;
    await server.start();
    if (register) await this.#register(server.port);
    const clock = systemClock;
    this.#certificates = new ServingCertificates({ source, server, metrics, clock, log: silentLog, everyMs: 100 });
    await this.#certificates.start(new AbortController().signal);
    return server.port;
  }

  async stop(): Promise<void> {
    await this.#certificates?.stop();
    await this.#server?.stop();
    await this.#aside.stop();
  }

  async #register(port: number): Promise<void> {
    const body = webhookConfiguration(CONFIGURATION, { url: `https://127.0.0.1:${port}${VALIDATE_PATH}` });
    const { status } = await this.#client.request("POST", WEBHOOKS, { body });
    if (status !== 201) throw new Error(`the webhook configuration was refused: ${status}`);
  }
}

export function keeperOf(store: CertificateStore, now: () => number = Date.now): CertificateKeeper {
  return new CertificateKeeper({ store, names: ["127.0.0.1"], clock: { now }, log: silentLog });
}

/** Resolves once the API server asks the webhook, and trusts it: a moment after it was registered. */
export async function asked(client: KubeClient, probe: { kind: string }): Promise<void> {
  await eventually(async () => (await create(client, probe, true)).status === 403);
}
