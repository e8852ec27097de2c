import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { KINDS } from "../../src/api/kinds.ts";
import type { Answer, KubeClient } from "../../hack/cluster/client.ts";
import { eventually } from "../builders/eventually.ts";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** Where resources of a kind are: cluster-scoped ones at the root, others in the namespace `default`. */
export function pathOf(kind: string): string {
  if (kind === "Secret") return "/api/v1/namespaces/default/secrets";
  const info = KINDS.find((candidate) => candidate.kind === kind);
  if (info === undefined) throw new Error(`no kind ${kind}`);
  const namespace = info.scope === "Namespaced" ? "namespaces/default/" : "";
  return `/apis/fascia.dev/v1alpha1/${namespace}${info.plural}`;
}

/** Applies crds/ as they are checked in and waits until they are served. */
export async function applyCrds(client: KubeClient): Promise<void> {
  const directory = fileURLToPath(new URL("../../crds/", import.meta.url));
  for (const file of await readdir(directory)) {
    const crd = parse(await readFile(path.join(directory, file), "utf8")) as object;
    const answer = await client.request("POST", `${CRDS}?fieldValidation=Strict`, { body: crd });
    if (answer.status !== 201) throw new Error(`${file} was refused: ${messageOf(answer)}`);
  }
  for (const { kind } of KINDS)
    await eventually(async () => (await client.request("GET", pathOf(kind))).status === 200);
  await eventually(async () => (await client.request("GET", "/api/v1/namespaces/default")).status === 200);
}

export interface Condition {
  type: string;
  status: string;
  message: string;
}

export async function crdConditions(client: KubeClient, plural: string): Promise<Condition[]> {
  const { body } = await client.request("GET", `${CRDS}/${plural}.fascia.dev`);
  return (body as { status: { conditions: Condition[] } }).status.conditions;
}

/** Creates a resource, unknown fields refused, as kubectl does. */
export function create(client: KubeClient, resource: { kind: string }, dryRun = false): Promise<Answer> {
  const query = `fieldValidation=Strict${dryRun ? "&dryRun=All" : ""}`;
  return client.request("POST", `${pathOf(resource.kind)}?${query}`, { body: resource });
}

/** The message of a Status that the API server answered. */
export function messageOf(answer: Answer): string {
  return (answer.body as { message?: string }).message ?? JSON.stringify(answer.body);
}
