import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { type Server, createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Authority } from "../builders/certificates.ts";
import type { KubeClient } from "../../hack/cluster/client.ts";
import { eventually } from "../builders/eventually.ts";
import { messageOf } from "./api.ts";

/** The value of a metric in a namespace now; undefined while there is none. */
export type ReadMetric = (namespace: string, metric: string) => Promise<number | undefined>;

const GROUP = "external.metrics.k8s.io";
const ROOT = `/apis/${GROUP}/v1beta1`;
const SERVICE = { namespace: "default", name: "external-metrics" };

/**
 * Stands in for the Prometheus adapter: serves Kubernetes' external metrics API behind the API server, by what `read`
 * tells (https://github.com/kubernetes/metrics, pkg/apis/external_metrics/v1beta1). Returns how to end it.
 */
export async function serveExternalMetrics(admin: KubeClient, read: ReadMetric): Promise<() => Promise<void>> {
  const authority = new Authority();
  const { cert, key, ca } = authority.issue("metrics", [`DNS:${SERVICE.name}.${SERVICE.namespace}.svc`]);
  authority.remove();
  const server = createServer({ cert, key }, (request, response) => {
    void answer(new URL(request.url ?? "/", "https://metrics").pathname, read).then(
      (body) => send(response, body === undefined ? 404 : 200, body ?? {}),
      (error: unknown) => send(response, 500, { message: String(error) }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  await register(admin, (server.address() as AddressInfo).port, ca);
  return () => close(server);
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function answer(path: string, read: ReadMetric): Promise<object | undefined> {
  if (path === ROOT) return DISCOVERY;
  const [, namespace, metricName] = /^\/namespaces\/([^/]+)\/([^/]+)$/.exec(path.replace(ROOT, "")) ?? [];
  if (namespace === undefined || metricName === undefined) return undefined;
  const value = await read(namespace, metricName);
  const item = { metricName, metricLabels: {}, timestamp: new Date().toISOString(), value: String(value) };
  const items = value === undefined ? [] : [item];
  return { apiVersion: `${GROUP}/v1beta1`, kind: "ExternalMetricValueList", metadata: {}, items };
}

/** Any metric may be asked for. */
const RESOURCE = { name: "*", singularName: "", namespaced: true, kind: "ExternalMetricValueList", verbs: ["get"] };
const DISCOVERY = {
  apiVersion: "v1",
  kind: "APIResourceList",
  groupVersion: `${GROUP}/v1beta1`,
  resources: [RESOURCE],
};

/** The API server reaches the Service by the name that it stands for, and verifies the certificate for the Service's own. */
async function register(admin: KubeClient, port: number, ca: Buffer): Promise<void> {
  await create(admin, `/api/v1/namespaces/${SERVICE.namespace}/services`, {
    metadata: { name: SERVICE.name },
    spec: { type: "ExternalName", externalName: "localhost" },
  });
  const apiServices = "/apis/apiregistration.k8s.io/v1/apiservices";
  await create(admin, apiServices, {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: `v1beta1.${GROUP}` },
    spec: {
      group: GROUP,
      version: "v1beta1",
      service: { ...SERVICE, port },
      caBundle: ca.toString("base64"),
      groupPriorityMinimum: 100,
      versionPriority: 100,
    },
  });
  await eventually(async () => {
    const { status, body } = await admin.request("GET", ROOT);
    if (status !== 200) throw new Error(`${ROOT} is answered with ${status}: ${JSON.stringify(body)}`);
  });
}

async function create(admin: KubeClient, path: string, body: object): Promise<void> {
  const made = await admin.request("POST", path, { body });
  if (made.status !== 201) throw new Error(messageOf(made));
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
