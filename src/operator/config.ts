import { z } from "zod";
import { podResources } from "../api/adapter-workload.ts";

const text = z.string().min(1);
const port = z.int().min(1).max(65_535);
const namespace = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "must be the name of a namespace: lower-case letters, digits and `-`");
const natsUrl = z
  .string()
  .regex(
    /^(nats|tls|wss?):\/\/[^\s,@]+(,(nats|tls|wss?):\/\/[^\s,@]+)*$/,
    "must be an address such as nats://host:4222, without credentials; several are separated by commas",
  );
const httpUrl = z.url({ protocol: /^https?$/, error: "must be an address such as http://host:8222" });

const webhook = z
  .strictObject({
    /** Address to listen on. Default: all. */
    host: text.optional(),
    port,
    /** Name of the Service by which the API server reaches it, in the operator's namespace. */
    service: text,
    /** Secret in the operator's namespace with a certificate that the operator makes and renews. */
    secretName: text.optional(),
    /** A mounted Secret with a certificate that somebody else renews, as cert-manager does. */
    certificateDirectory: text.optional(),
  })
  .refine(
    ({ secretName, certificateDirectory }) => (secretName === undefined) !== (certificateDirectory === undefined),
    {
      error: "either secretName or certificateDirectory says where the certificate is",
    },
  );

const nats = z
  .strictObject({
    /** With JetStream. */
    url: natsUrl,
    /**
     * A Secret as mounted: `nats.creds`, or `user` and `password`, and what adapters' credentials are issued with
     * (`adapters.nk`, `adapters.account`): docs/security.md.
     */
    credentialsDirectory: text.optional(),
    /** Where that server tells of itself: whether it syncs before it acknowledges, and how large its store is. */
    monitoringUrl: httpUrl.optional(),
    /** Copies of each stream. */
    streamReplicas: z.int().min(1).max(5).default(1),
    /**
     * Where `credentialsDirectory` has user and password: Secrets in the operator's namespace, for what adapters' passwords
     * follow from, and for what the server's administrator includes (`accounts.conf`).
     */
    users: z.strictObject({ keySecretName: text, accountsSecretName: text }).optional(),
    /**
     * A server of Fascia's own, which runs with accounts that the operator makes. Secrets in the operator's namespace: what
     * they are made from, made once, and what the server mounts (`accounts.conf`).
     */
    server: z.strictObject({ keysSecretName: text, accountsSecretName: text }).optional(),
  })
  .refine(({ credentialsDirectory, server }) => credentialsDirectory === undefined || server === undefined, {
    error: "with a server of Fascia's own there is no credentialsDirectory: the operator makes its credentials itself",
  });

const adapters = z.strictObject({
  image: text,
  imagePullPolicy: z.enum(["Always", "IfNotPresent", "Never"]).default("IfNotPresent"),
  imagePullSecrets: z.array(text).default([]),
  user: z.int().min(1).optional(),
  /** NATS as pods reach it, where that is another address. */
  natsUrl: natsUrl.optional(),
  resources: podResources.default({ requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "256Mi" } }),
  networkPolicy: z.boolean().default(true),
  clusterDomain: text.default("cluster.local"),
  tracingEndpoint: httpUrl.optional(),
  proxy: z
    .strictObject({ http: httpUrl.optional(), https: httpUrl.optional(), noProxy: z.array(text).default([]) })
    .optional(),
  monitoringNamespace: namespace.optional(),
});

/** What `fascia operator --config` reads. The chart renders it (`fascia.config`), and has defaults of its own. */
export const operatorConfig = z.strictObject({
  /** Whose Adapters and Integrations are looked after; none: all. */
  watchNamespaces: z
    .array(namespace)
    .default([])
    .transform((names) => [...new Set(names)]),
  /** /metrics, /healthz and /readyz, on all addresses unless one is named. */
  telemetry: z.strictObject({ host: text.optional(), port }).optional(),
  /** Name of the release; there is one a cluster. */
  release: text,
  /** Of several operators with the same Lease, in their own namespace, one works. */
  leaderElection: z.strictObject({ lease: text }),
  /** Secret in the operator's namespace with the installation's keys: made where there is none, never changed. */
  keys: z.strictObject({ secretName: text }),
  /** Without it there is no admission. */
  webhook: webhook.optional(),
  nats,
  /** PEM file with further authorities, which adapters' pods get a copy of. */
  trustedCAsFile: text.optional(),
  adapters,
});

export type OperatorConfig = z.output<typeof operatorConfig>;
