import type { PodResources } from "../../api/adapter-workload.ts";

/** What the operator is set to for the pods of all Adapters. */
export interface WorkloadSettings {
  /** e.g. `registry.example/fascia@sha256:…`. */
  image: string;
  imagePullPolicy: "Always" | "IfNotPresent" | "Never";
  /** Secrets to pull it with; each Adapter's namespace must have them. */
  imagePullSecrets: string[];
  /** User and group that processes run as and files belong to; undefined where the platform chooses (OpenShift). */
  user?: number;
  nats: {
    /** As the pods reach it, e.g. `nats://nats.nats.svc:4222`; several are separated by commas. No credentials in here. */
    url: string;
    /** Whether pods show credentials of their own (Secret `workloadNames().credentials`). */
    credentials: boolean;
    /** Where JetStream's requests begin for them, if not with `$JS.API`: in an account that imports them. */
    apiPrefix?: string;
  };
  /** For Adapters that say nothing of their own. */
  resources: PodResources;
  /** Certificates (PEM) of authorities to trust beside those of the image. */
  trustedCAs?: string;
  /** Address of an OpenTelemetry collector (OTLP over HTTP), e.g. `http://collector.monitoring.svc:4318`. */
  tracingEndpoint?: string;
  /** HTTP proxies for targets that speak HTTP, e.g. `http://proxy.hospital.example:3128`; no credentials in here. */
  proxy?: { http?: string; https?: string; noProxy: string[] };
  networkPolicy: boolean;
  /** Namespace whose pods may read metrics. */
  monitoringNamespace?: string;
  /** What is the operator's own in its namespace, of whatever kind: nothing of an Adapter's may be called so. */
  reserved?: { namespace: string; names: readonly string[] };
  /** e.g. `cluster.local`. */
  clusterDomain: string;
}
