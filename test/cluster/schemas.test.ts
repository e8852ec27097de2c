import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import type { KubeClient } from "../../hack/cluster/client.ts";
import { type ControlPlane, startControlPlane } from "../../hack/cluster/controlplane.ts";
import { KINDS } from "../../src/api/kinds.ts";
import { API_VERSION } from "../../src/api/meta.ts";
import { eventually } from "../builders/eventually.ts";
import { applyCrds } from "./api.ts";
import { yamlOf } from "./documented.ts";
import { applyForeignCrds } from "./foreigncrds.ts";
import { Helm, type Rendered, valueSets, valuesFile } from "./helm.ts";
import { type KindSchema, servedSchemas } from "./jsonschemas.ts";
import { Kubeconform } from "./kubeconform.ts";
import { readSamples } from "./samples.ts";

/** What people check manifests with before any cluster sees them, by the schemas that a real API server publishes. */

type Kind = Pick<Rendered, "apiVersion" | "kind">;
const AUTOSCALER: Kind = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" };
const sets = await valueSets();
let controlPlane: ControlPlane;
let helm: Helm;
let kubeconform: Kubeconform;

beforeAll(async () => {
  controlPlane = await startControlPlane();
  const admin = controlPlane.client("admin");
  await applyCrds(admin);
  await applyForeignCrds(admin);
  helm = await Helm.of(controlPlane);
  const manifests = await Promise.all(sets.map((set) => helm.template("--values", valuesFile(set))));
  const ours = KINDS.map(({ kind }) => ({ apiVersion: API_VERSION, kind }));
  kubeconform = await Kubeconform.with(await schemasOf(admin, [...ours, AUTOSCALER, ...manifests.flat()]));
}, 120_000);

afterAll(async () => {
  await kubeconform?.close();
  await helm?.close();
  await controlPlane?.stop();
});

/** With those of all `kinds` among them: the API server serves a kind before it publishes its schema. */
async function schemasOf(admin: KubeClient, kinds: Kind[]): Promise<KindSchema[]> {
  let found: KindSchema[] = [];
  await eventually(async () => {
    found = await servedSchemas(admin, new Set(kinds.map(({ apiVersion }) => apiVersion)));
    const names = found.map(({ group, version, kind }) => [group, version, kind].filter(Boolean).join("/"));
    expect(names).toEqual(expect.arrayContaining(kinds.map(({ apiVersion, kind }) => `${apiVersion}/${kind}`)));
  });
  return found;
}

describe("kubeconform, strictly, finds nothing wrong with", () => {
  test.each(sets)("the chart with %s", async (set) => {
    expect(await kubeconform.check(await helm.manifest("--values", valuesFile(set)))).toEqual([]);
  });

  test("the samples", async () => {
    const manifests = (await readSamples()).map(({ resource }) => stringify(resource));
    expect(manifests.length).toBeGreaterThan(10);
    expect(await kubeconform.check(manifests.join("---\n"))).toEqual([]);
  });
});

test("kubeconform, strictly, finds nothing wrong with what docs/kubernetes.md shows of Kubernetes' own kinds", async () => {
  const blocks = (await yamlOf("kubernetes.md")).filter((block) =>
    block.includes(`apiVersion: ${AUTOSCALER.apiVersion}\n`),
  );
  expect(blocks.length).toBeGreaterThan(1);
  expect(await kubeconform.check(blocks.join("---\n"))).toEqual([]);
});

describe("kubeconform sees", () => {
  const deploymentOf = async () => {
    const objects = await helm.template("--values", valuesFile("default-values.yaml"));
    return objects.find(({ kind }) => kind === "Deployment") as Rendered & {
      spec: { [field: string]: unknown; template: { spec: { containers: Record<string, unknown>[] } } };
    };
  };
  type Deployment = Awaited<ReturnType<typeof deploymentOf>>;

  test.each<[string, (deployment: Deployment) => void, string]>([
    ["a field that there is not", ({ spec }) => void (spec["replica"] = 2), "'replica' not allowed"],
    [
      "one far inside",
      ({ spec }) => spec.template.spec.containers.forEach((each) => (each["comand"] = [])),
      "'comand' not allowed",
    ],
    ["text for a number", ({ spec }) => void (spec["replicas"] = "two"), "got string, want integer"],
    ["a field that lacks", ({ spec }) => void delete spec["selector"], "missing property 'selector'"],
    ["a kind that there is not", (deployment) => void (deployment.kind = "Deploiment"), "could not find schema"],
  ])("%s", async (_title, spoil, says) => {
    const deployment = await deploymentOf();
    spoil(deployment);
    const [verdict, ...others] = await kubeconform.check(stringify(deployment));
    expect(verdict).toContain(says);
    expect(others).toEqual([]);
  });

  test("a field that is there twice", async () => {
    const manifest = await helm.manifest("--values", valuesFile("default-values.yaml"));
    const twice = manifest.replace("\nkind: Deployment\n", "\nkind: Deployment\nkind: Deployment\n");
    expect(await kubeconform.check(twice)).toEqual([expect.stringContaining('key "kind" already set in map')]);
  });

  test.each(["Certificate", "PodMonitor", "PrometheusRule", "ServiceMonitor"])("the same of a %s", async (kind) => {
    const objects = await helm.template("--values", valuesFile("monitored-values.yaml"));
    const found = objects.find((object) => object.kind === kind);
    const misspelt = { ...found, spec: { ...(found?.["spec"] as object), selectr: {} } };
    expect(await kubeconform.check(stringify(misspelt))).toEqual([expect.stringContaining("'selectr' not allowed")]);
  });

  test.each(KINDS.map(({ kind }) => kind))("the same of our own %s", async (kind) => {
    const metadata = { name: "wrong", labels: 7 };
    const [verdict] = await kubeconform.check(
      stringify({ apiVersion: API_VERSION, kind, metadata, spec: { ownr: "nobody" } }),
    );
    expect(verdict).toContain("'ownr' not allowed");
    expect(verdict).toContain("at '/metadata/labels': got number, want object");
  });
});
