import { CONFIGURATIONS } from "../admission/webhooks.ts";
import type { KubeClient } from "../kube/client.ts";
import { ifFound, isConflict } from "../kube/failure.ts";
import type { KubeObject } from "../kube/resource.ts";
import { SECRETS, type Secret, decoded, encoded } from "../kube/secrets.ts";
import type { CertificateStore } from "./store.ts";

export interface ClusterStoreOptions {
  /**
   * Not fenced by leadership: every operator serves the webhook. May get and update this one Secret and this one
   * configuration, and create Secrets in `namespace` where the Secret is not made beforehand.
   */
  client: KubeClient;
  namespace: string;
  secretName: string;
  /** Name of the ValidatingWebhookConfiguration. */
  configuration: string;
}

interface WebhookConfiguration extends KubeObject {
  webhooks?: { name: string; clientConfig: { caBundle?: string } }[];
}

/** The Secret and the webhook configuration of a cluster. */
export function clusterStore({ client, namespace, secretName, configuration }: ClusterStoreOptions): CertificateStore {
  const secret = { namespace, name: secretName };
  const readConfiguration = () => ifFound(client.get<WebhookConfiguration>(CONFIGURATIONS, { name: configuration }));
  return {
    async readSecret() {
      const stored = await ifFound(client.get<Secret>(SECRETS, secret));
      return stored && { data: decoded(stored.data ?? {}), version: stored.metadata.resourceVersion ?? "" };
    },
    async writeSecret(texts, version) {
      const data = encoded(texts);
      return version === undefined
        ? first(client.create<Secret>(SECRETS, { metadata: secret, type: "kubernetes.io/tls", data }))
        : first(client.merge(SECRETS, secret, { metadata: { resourceVersion: version }, data }));
    },
    async readBundles() {
      const read = await readConfiguration();
      return read?.webhooks?.map(({ clientConfig }) => decode(clientConfig.caBundle ?? ""));
    },
    async writeBundle(bundle) {
      const read = await readConfiguration();
      const caBundle = encode(bundle);
      const webhooks = read?.webhooks?.map((webhook) => ({
        ...webhook,
        clientConfig: { ...webhook.clientConfig, caBundle },
      }));
      const metadata = { resourceVersion: read?.metadata.resourceVersion };
      return first(client.merge(CONFIGURATIONS, { name: configuration }, { metadata, webhooks }));
    },
  };
}

/** False where somebody else made or changed it since it was read. */
async function first(request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    if (isConflict(error)) return false;
    throw error;
  }
}

const encode = (text: string): string => Buffer.from(text).toString("base64");
const decode = (text: string): string => Buffer.from(text, "base64").toString();
