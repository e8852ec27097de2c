import { contentHash } from "../../base/hash.ts";
import { adapterLabels, selectorLabels, workloadNames } from "./names.ts";
import type { ServedAdapter } from "./object.ts";
import type { WorkloadSettings } from "./settings.ts";
import { WORK_DIR, listening } from "./spec.ts";
import { CREDENTIALS_DIR, KEYS_FILE, SECRETS_DIR, TRUST_DIR, TRUST_FILE, volumesOf } from "./volumes.ts";

/** Metrics and health of every adapter's pod. */
export const TELEMETRY_PORT = 9464;

/** How long a pod that is to end still takes connections, until every node has heard that it does not any more. */
const LINGER_SECONDS = 3;
/** What is left for closing connections after the drain, before the kubelet kills. */
const CLOSING_SECONDS = 5;

/**
 * The pod template of an Adapter: what makes its pods be replaced when it changes. It depends on nothing that a running
 * pod takes over by itself: contracts, routes, mappings, ports and renewed Secrets are not in it.
 */
export function podTemplate(adapter: ServedAdapter, settings: WorkloadSettings): object {
  const { name } = adapter.metadata;
  const { pod, drainTimeoutSeconds } = adapter.spec;
  const pullSecrets = [...settings.imagePullSecrets.map((each) => ({ name: each })), ...(pod?.imagePullSecrets ?? [])];
  return {
    metadata: { labels: adapterLabels(name), ...trustAnnotation(settings) },
    spec: {
      serviceAccountName: workloadNames(name).base,
      // An adapter never talks to the API server.
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: LINGER_SECONDS + drainTimeoutSeconds + CLOSING_SECONDS,
      securityContext: podSecurity(adapter, settings),
      topologySpreadConstraints: ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((key) =>
        spread(key, name),
      ),
      ...(pod?.nodeSelector !== undefined && { nodeSelector: pod.nodeSelector }),
      ...(pod?.tolerations !== undefined && { tolerations: pod.tolerations }),
      ...(pod?.priorityClassName !== undefined && { priorityClassName: pod.priorityClassName }),
      ...(pullSecrets.length > 0 && { imagePullSecrets: pullSecrets }),
      containers: [container(adapter, settings)],
      volumes: volumesOf(adapter, settings).map(({ volume }) => volume),
    },
  };
}

function container(adapter: ServedAdapter, settings: WorkloadSettings): object {
  const { spec } = adapter;
  const env = environment(settings);
  const probe = (path: string) => ({ httpGet: { path, port: "telemetry" } });
  return {
    name: "adapter",
    image: settings.image,
    imagePullPolicy: settings.imagePullPolicy,
    args: args(adapter, settings),
    // The API server drops an empty list.
    ...(env.length > 0 && { env }),
    ports: [{ name: "telemetry", containerPort: TELEMETRY_PORT, protocol: "TCP" }],
    resources: spec.resources ?? settings.resources,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    startupProbe: { ...probe("/healthz"), periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 120 },
    livenessProbe: { ...probe("/healthz"), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
    readinessProbe: { ...probe("/readyz"), periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 2 },
    ...(listening(spec) && { lifecycle: { preStop: { sleep: { seconds: LINGER_SECONDS } } } }),
    ...(spec.file !== undefined && { workingDir: WORK_DIR }),
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: volumesOf(adapter, settings).map(({ mount }) => mount),
  };
}

function args({ metadata, spec }: ServedAdapter, { nats }: WorkloadSettings): string[] {
  const options: [string, string][] = [
    ["--namespace", metadata.namespace],
    ["--nats", nats.url],
    ...(nats.credentials ? ([["--nats-creds", CREDENTIALS_DIR]] as [string, string][]) : []),
    ...(nats.apiPrefix === undefined ? [] : ([["--nats-api-prefix", nats.apiPrefix]] as [string, string][])),
    ["--keys", KEYS_FILE],
    ["--secrets", SECRETS_DIR],
    ["--telemetry", `*:${TELEMETRY_PORT}`],
    ["--drain-timeout", String(spec.drainTimeoutSeconds)],
  ];
  return ["adapter", metadata.name, ...options.flat(), "--json"];
}

function environment({ trustedCAs, tracingEndpoint, proxy, clusterDomain }: WorkloadSettings): object[] {
  const variables: Record<string, string | undefined> = {
    NODE_EXTRA_CA_CERTS: trustedCAs === undefined ? undefined : `${TRUST_DIR}/${TRUST_FILE}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: tracingEndpoint,
    ...(proxy && {
      NODE_USE_ENV_PROXY: "1",
      HTTP_PROXY: proxy.http,
      HTTPS_PROXY: proxy.https,
      NO_PROXY: ["localhost", ".svc", `.${clusterDomain}`, ...proxy.noProxy].join(","),
    }),
  };
  return Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}

/** Node reads further authorities once, when it starts: others of them are a reason to start anew. */
function trustAnnotation({ trustedCAs }: WorkloadSettings): object {
  return trustedCAs === undefined ? {} : { annotations: { "fascia.dev/trusted-cas": contentHash(trustedCAs) } };
}

function podSecurity({ spec }: ServedAdapter, { user }: WorkloadSettings): object {
  const port = listening(spec)?.port ?? 0;
  return {
    runAsNonRoot: true,
    ...(user !== undefined && {
      runAsUser: user,
      runAsGroup: user,
      fsGroup: user,
      fsGroupChangePolicy: "OnRootMismatch",
    }),
    seccompProfile: { type: "RuntimeDefault" },
    // In the pod's own network any port may be listened on, without a capability.
    ...(port > 0 && port < 1024 && { sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }] }),
  };
}

/** Also for a single pod: a template that depended on their number would replace them when it changes. */
const spread = (topologyKey: string, adapter: string): object => ({
  maxSkew: 1,
  topologyKey,
  whenUnsatisfiable: "ScheduleAnyway",
  labelSelector: { matchLabels: selectorLabels(adapter) },
  matchLabelKeys: ["pod-template-hash"],
});
