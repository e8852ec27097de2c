import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import type { KubeClient } from "../../hack/cluster/client.ts";
import { crdFiles } from "../../hack/setup/crds.js";
import { eventually } from "../builders/eventually.ts";
import { messageOf } from "./api.ts";

interface Definition {
  spec: { group: string; names: { plural: string }; versions: { name: string; served: boolean }[] };
}

/** Has the control plane serve the kinds of cert-manager and of Prometheus' operator that the chart has objects of. */
export async function applyForeignCrds(admin: KubeClient): Promise<void> {
  for (const file of crdFiles()) {
    const definition = parse(await readFile(file, "utf8")) as Definition;
    const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    const answer = await admin.request("POST", path, { body: definition });
    if (answer.status !== 201) throw new Error(`${file} was refused: ${messageOf(answer)}`);
    await eventually(() => isServed(admin, definition));
  }
}

async function isServed(admin: KubeClient, { spec: { group, names, versions } }: Definition): Promise<boolean> {
  const version = versions.find(({ served }) => served)?.name;
  return (await admin.request("GET", `/apis/${group}/${version}/${names.plural}`)).status === 200;
}
