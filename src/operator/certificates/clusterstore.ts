import { CONFIGURATIONS } from "../admission/webhooks.ts";
import type { KubeClient } from "../kube/client.ts";
import { isConflict, isNotFound } from "../kube/failure.ts";
import type { KubeObject, ResourceType } from "../kube/resource.ts";
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

interface Secret extends KubeObject {
  type?: string;
  data?: Record<string, string>;
}

interface WebhookConfiguration extends KubeObject {
  webhooks?: { name: string; clientConfig: { caBundle?: string } }[];
}

const SECRETS: ResourceType = { group: "", version: "v1", kind: "Secret", plural: "secrets", scope: "Namespaced" };

/** The Secret and the webhook configuration of a cluster. */
export function clusterStore({ client, namespace, secretName, configuration }: ClusterStoreOptions): CertificateStore {
  const secret = { namespace, name: secretName };
  const readConfiguration = () => found(client.get<WebhookConfiguration>(CONFIGURATIONS, { name: configuration }));
  return {
    async readSecret() {
      const stored = await found(client.get<Secret>(SECRETS, secret));
      return stored && { data: map(stored.data ?? {}, decode), version: stored.metadata.resourceVersion ?? "" };
    },
    async writeSecret(texts, version) {
      const data = map(texts, encode);
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

async function found<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
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
const map = (texts: Record<string, string>, change: (text: string) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, change(text)]));
