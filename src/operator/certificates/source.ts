import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../telemetry/log.ts";
import type { KubeClient } from "../kube/client.ts";
import { clusterStore } from "./clusterstore.ts";
import { certificateFiles } from "./files.ts";
import { CertificateKeeper } from "./keeper.ts";
import type { CertificateSource } from "./serve.ts";

export interface WebhookCertificate {
  /** A Secret with one that is made and renewed here, or a directory with one that somebody else renews. */
  from: { secretName: string } | { directory: string };
  /** The operator's own; of the Secret and of the Service. */
  namespace: string;
  /** Service by which the API server reaches the webhook. */
  service: string;
  clusterDomain: string;
  /** Name of the ValidatingWebhookConfiguration. */
  configuration: string;
}

/** Where the webhook's certificate comes from. `client` is not fenced: every replica serves the webhook. */
export function certificateSource(
  { from, namespace, service, clusterDomain, configuration }: WebhookCertificate,
  { client, clock, log }: { client: KubeClient; clock: Pick<Clock, "now">; log: Log },
): CertificateSource {
  if ("directory" in from) return certificateFiles(from.directory);
  const host = `${service}.${namespace}.svc`;
  const store = clusterStore({ client, namespace, secretName: from.secretName, configuration });
  return new CertificateKeeper({ store, names: [host, `${host}.${clusterDomain}`], clock, log });
}
