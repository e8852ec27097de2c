import { adapter as adapterKind } from "../../src/api/adapter.ts";
import { API_VERSION } from "../../src/api/meta.ts";
import type { ServedAdapter } from "../../src/operator/workload/object.ts";
import type { WorkloadSettings } from "../../src/operator/workload/settings.ts";

export const visit = { contract: "visit", version: "1.0.0" };
export const listens = { mllp: { source: { port: 2575 } }, emits: [visit] };
export const sends = { http: { target: { url: "https://lab.hospital.example/in" } }, accepts: [visit] };

/** An Adapter as the API server would hand it out, with its defaults. */
export function servedAdapter(spec: object = listens, name = "ehr", namespace = "clinic"): ServedAdapter {
  const metadata = { name, namespace, uid: "8e6ad1a1-5b0a-4c6e-9d0f-000000000001" };
  const written = { system: "ehr", owner: "applications", ...spec };
  return adapterKind.parse({ apiVersion: API_VERSION, kind: "Adapter", metadata, spec: written }) as ServedAdapter;
}

export const settings: WorkloadSettings = {
  image: "registry.example/fascia@sha256:0000000000000000000000000000000000000000000000000000000000000000",
  imagePullPolicy: "IfNotPresent",
  imagePullSecrets: [],
  user: 65_532,
  nats: { url: "nats://nats.messaging.svc:4222", credentials: true },
  resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
  networkPolicy: true,
  clusterDomain: "cluster.local",
};

/** Everything set that can be. */
export const allSettings: WorkloadSettings = {
  ...settings,
  imagePullSecrets: ["registry"],
  trustedCAs: "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n",
  tracingEndpoint: "http://collector.monitoring.svc.cluster.local:4318",
  proxy: { https: "http://proxy.hospital.example:3128", noProxy: ["10.0.0.0/8"] },
  monitoringNamespace: "monitoring",
};
