import type { Answer, KubeClient } from "../../hack/cluster/client.ts";
import type { Rendered } from "./helm.ts";

interface ResourceList {
  resources: { name: string; kind: string; namespaced: boolean }[];
}

/** The path of an object; undefined when the API server serves no such kind. */
export async function objectPath(
  client: KubeClient,
  { apiVersion, kind, metadata }: Rendered,
): Promise<string | undefined> {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { status, body } = await client.request("GET", root);
  if (status === 404) return undefined;
  const found = (body as ResourceList).resources.find((each) => each.kind === kind && !each.name.includes("/"));
  if (found === undefined) return undefined;
  const namespace = found.namespaced ? `/namespaces/${metadata.namespace}` : "";
  return `${root}${namespace}/${found.name}/${metadata.name}`;
}

/** Applies as a dry run, unknown fields refused; undefined when the API server serves no such kind. */
export async function dryRun(client: KubeClient, object: Rendered): Promise<Answer | undefined> {
  const path = await objectPath(client, object);
  if (path === undefined) return undefined;
  const query = "dryRun=All&fieldManager=test&fieldValidation=Strict&force=true";
  return client.request("PATCH", `${path}?${query}`, { contentType: "application/apply-patch+yaml", body: object });
}

/** Whether a ServiceAccount may do something, as the API server sees it. */
export async function allowed(client: KubeClient, serviceAccount: string, request: object): Promise<boolean> {
  const [namespace] = serviceAccount.split("/");
  const user = `system:serviceaccount:${serviceAccount.replace("/", ":")}`;
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
  const review = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: { user, groups, resourceAttributes: request },
  };
  const { body } = await client.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", { body: review });
  return (body as { status: { allowed: boolean } }).status.allowed;
}
