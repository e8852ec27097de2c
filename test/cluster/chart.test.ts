import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { KubeClient } from "../../hack/cluster/client.ts";
import { type ControlPlane, startControlPlane } from "../../hack/cluster/controlplane.ts";
import { contentHash } from "../../src/base/hash.ts";
import packageJson from "../../package.json" with { type: "json" };
import { accountsConf, newInstallation } from "../../src/jetstream/installation.ts";
import { KINDS } from "../../src/api/kinds.ts";
import { CONFIGURATIONS, VALIDATE_PATH, webhookConfiguration } from "../../src/operator/admission/webhooks.ts";
import { MARKER, RELEASE_ANNOTATION } from "../../src/operator/governance.ts";
import { operatorConfig } from "../../src/operator/config.ts";
import { messageOf } from "./api.ts";
import { commandsOf, yamlOf } from "./documented.ts";
import { applyForeignCrds } from "./foreigncrds.ts";
import { CHART, Helm, type Rendered, valueSets, valuesFile } from "./helm.ts";
import { dryRun } from "./objects.ts";

const sets = await valueSets();
/** Of the checkout, which its chart has, too. */
const { version: VERSION } = packageJson;
const SET_NATS = ["--set", "nats.url=nats://nats:4222"];

let controlPlane: ControlPlane;
let admin: KubeClient;
let helm: Helm;

beforeAll(async () => {
  controlPlane = await startControlPlane();
  admin = controlPlane.client("admin");
  helm = await Helm.of(controlPlane);
  await applyForeignCrds(admin);
  for (const name of ["fascia-system", "north", "south"]) await createNamespace(name);
}, 120_000);

afterAll(async () => {
  await helm?.close();
  await controlPlane?.stop();
});

/** In these namespaces only pods that meet the Pod Security Standard "restricted" are let in. */
async function createNamespace(name: string): Promise<void> {
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await admin.request("POST", "/api/v1/namespaces", { body: { metadata: { name, labels } } });
  for (const account of ["default", "fascia", "integration", "somebody"]) {
    const body = { metadata: { name: account } };
    await admin.request("POST", `/api/v1/namespaces/${name}/serviceaccounts`, { body });
  }
}

interface Workload extends Rendered {
  spec: {
    template: { metadata: object; spec: { containers: Container[]; volumes: object[] } };
    volumeClaimTemplates?: { metadata: { name: string } }[];
  };
}

/** A pod as the workload's controller makes it. */
function podOf({ kind, spec: { template, volumeClaimTemplates = [] } }: Workload): object {
  const claims = volumeClaimTemplates.map(({ metadata: { name } }) => ({
    name,
    persistentVolumeClaim: { claimName: name },
  }));
  const volumes = [...template.spec.volumes, ...claims];
  return {
    metadata: { ...template.metadata, name: kind.toLowerCase() },
    spec: { ...template.spec, volumes },
  };
}

interface ConfigMap extends Rendered {
  data: Record<string, string>;
}

/** Of the release with these values. */
const nameOf = (set: string): string => (set === "namespaced-values.yaml" ? "integration" : "fascia");

interface Container {
  image: string;
  args: string[];
  env?: { name: string; value?: string }[];
}

const find = (objects: Rendered[], kind: string, name?: string) =>
  objects.find((each) => each.kind === kind && (name === undefined || each.metadata.name === name));

const containerOf = (objects: Rendered[], kind: string) =>
  (find(objects, kind) as Workload | undefined)?.spec.template.spec.containers[0];

describe.each(sets)("The chart with %s", (set) => {
  test("passes Helm's linter", async () => {
    await expect(helm.run("lint", "--strict", CHART, "--values", valuesFile(set))).resolves.toContain(
      "0 chart(s) failed",
    );
  });

  test("renders what the API server takes, field by field", async () => {
    const objects = await helm.template("--values", valuesFile(set));
    for (const object of objects) {
      const answer = await dryRun(admin, object);
      const said = answer === undefined ? "no such kind" : messageOf(answer);
      expect([200, 201], `${object.kind} ${object.metadata.name}: ${said}`).toContain(answer?.status);
    }
  });

  test("configures the operator so that it takes it", async () => {
    const config = find(await helm.template("--values", valuesFile(set)), "ConfigMap", nameOf(set)) as ConfigMap;
    expect(operatorConfig.safeParse(parse(config.data["operator.yaml"] ?? "")).error).toBeUndefined();
  });

  test("runs pods that meet the Pod Security Standard restricted", async () => {
    const objects = (await helm.template("--values", valuesFile(set))) as Workload[];
    for (const workload of objects.filter(({ kind }) => ["Deployment", "StatefulSet"].includes(kind))) {
      const body = podOf(workload);
      const answer = await admin.request("POST", "/api/v1/namespaces/fascia-system/pods?dryRun=All", { body });
      expect(answer.status, messageOf(answer)).toBe(201);
    }
  });
});

describe("The chart", () => {
  test("has the CRDs of every kind", async () => {
    const objects = await helm.template(...SET_NATS);
    const crds = objects.filter(({ kind }) => kind === "CustomResourceDefinition");
    expect(crds.map(({ metadata }) => metadata.name).sort()).toEqual(
      KINDS.map(({ plural }) => `${plural}.fascia.dev`).sort(),
    );
  });

  test("has the API server ask the operator what the operator answers, and nothing else", async () => {
    const objects = await helm.template(...SET_NATS);
    const service = { namespace: "fascia-system", name: "fascia-webhook", path: VALIDATE_PATH, port: 443 };
    const { webhooks } = webhookConfiguration(MARKER, { service }) as { webhooks?: object[] };
    expect(webhooks).toHaveLength(2);
    expect(find(objects, CONFIGURATIONS.kind, MARKER)?.["webhooks"]).toEqual(webhooks);
  });

  test("keeps CRDs unless told otherwise, and leaves them out where somebody else brings them", async () => {
    const crdOf = async (...args: string[]) =>
      find(await helm.template(...SET_NATS, ...args), "CustomResourceDefinition");
    expect((await crdOf())?.metadata.annotations).toEqual({ "helm.sh/resource-policy": "keep" });
    expect((await crdOf("--set", "crds.keep=false"))?.metadata.annotations).toBeUndefined();
    expect(await crdOf("--set", "crds.install=false")).toBeUndefined();
  });

  test.each([
    ["by the chart's version", [], `fascia:${VERSION}`],
    ["by tag", ["image.tag=1.2.3"], "fascia:1.2.3"],
    ["of a registry", ["image.registry=registry.example:5000/"], `registry.example:5000/fascia:${VERSION}`],
    ["by digest", ["image.tag=x", `image.digest=sha256:${"0".repeat(64)}`], `fascia@sha256:${"0".repeat(64)}`],
  ])("names its image %s, for the operator and for adapters", async (_title, sets, image) => {
    const objects = await helm.template(...SET_NATS, ...sets.flatMap((set) => ["--set", set]));
    const config = find(objects, "ConfigMap") as ConfigMap;
    const { adapters } = parse(config.data["operator.yaml"] ?? "") as { adapters: { image: string } };
    expect([containerOf(objects, "Deployment")?.image, adapters.image]).toEqual([image, image]);
  });

  test("tells the operator which proxy adapters go by", async () => {
    const objects = await helm.template("--values", valuesFile("airgapped-values.yaml"));
    const config = find(objects, "ConfigMap", "fascia") as ConfigMap;
    expect(parse(config.data["operator.yaml"] ?? "")).toMatchObject({
      trustedCAsFile: "/etc/fascia/ca/ca.crt",
      adapters: {
        imagePullSecrets: ["registry"],
        proxy: { https: "http://proxy.hospital.example:3128", noProxy: [".hospital.example"] },
      },
    });
  });

  test("marks whose operators govern the cluster, also where they judge nothing", async () => {
    const objects = await helm.template("--values", valuesFile("bare-values.yaml"));
    const marker = find(objects, CONFIGURATIONS.kind, MARKER);
    expect(marker?.metadata.annotations).toEqual({ [RELEASE_ANNOTATION]: "fascia-system/fascia" });
    expect(marker?.["webhooks"]).toEqual([]);
  });

  test("runs its NATS server with accounts that the operator makes, under a name that changes with how it makes them", async () => {
    const objects = await helm.template("--set", "nats.server.enabled=true");
    const config = find(objects, "ConfigMap", "fascia") as Rendered & { data: Record<string, string> };
    const installation = newInstallation((bytes) => new Uint8Array(bytes), 0);
    const accountsSecretName = `fascia-nats-accounts-${contentHash(accountsConf(installation)).slice(0, 8)}`;
    expect(parse(config.data["operator.yaml"] ?? "")).toMatchObject({
      nats: { server: { keysSecretName: "fascia-nats-keys", accountsSecretName } },
    });
    const { volumes } = (find(objects, "StatefulSet") as Workload).spec.template.spec;
    const secret = { name: accountsSecretName, items: [{ key: "accounts.conf", path: "accounts.conf" }] };
    expect(volumes).toEqual([
      { name: "config", projected: { sources: [{ configMap: { name: "fascia-nats" } }, { secret }] } },
    ]);
    expect(objects.filter(({ kind }) => kind === "Secret")).toEqual([]);
  });

  test("has users written for the administrator of a NATS that is there, should the Secret have a plain user", async () => {
    const objects = await helm.template(...SET_NATS, "--set", "nats.secretName=nats-operator");
    const config = find(objects, "ConfigMap", "fascia") as Rendered & { data: Record<string, string> };
    expect(parse(config.data["operator.yaml"] ?? "")).toMatchObject({
      nats: {
        credentialsDirectory: "/etc/fascia/nats",
        users: { keySecretName: "fascia-nats-passwords", accountsSecretName: "fascia-nats-users" },
      },
    });
    const { rules } = find(objects, "Role", "fascia") as Rendered & {
      rules: { resourceNames?: string[]; verbs: string[] }[];
    };
    const verbsOf = (name: string) => rules.find(({ resourceNames }) => resourceNames?.includes(name))?.verbs;
    expect(verbsOf("fascia-nats-passwords")).toEqual(["get"]);
    expect(verbsOf("fascia-nats-users")).toEqual(["get", "patch"]);
  });

  test("replaces operator pods when their configuration changes", async () => {
    const hashOf = async (...args: string[]) => {
      const found = find(await helm.template(...SET_NATS, ...args), "Deployment") as Workload;
      return (found.spec.template.metadata as { annotations: Record<string, string> }).annotations[
        "fascia.dev/config-hash"
      ];
    };
    expect(await hashOf()).toBe(await hashOf("--set", "operator.podLabels.x=y"));
    expect(await hashOf()).not.toBe(await hashOf("--set", "adapters.networkPolicy=false"));
  });
});

describe("Documentation", () => {
  const pages = ["install-kubernetes.md", "develop-cluster.md"];
  /** What an upgrade finds there already. */
  const WITHOUT = new Set([
    "install",
    "upgrade",
    "fascia",
    "charts/fascia",
    "--create-namespace",
    "--reuse-values",
    "--reset-then-reuse-values",
  ]);

  test.each(pages)("%s has commands for Helm that the chart takes", async (page) => {
    const commands = (await commandsOf(page, "helm")).filter(([verb]) => verb === "install" || verb === "upgrade");
    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands) {
      const options = command.filter((word) => !WITHOUT.has(word));
      const given = command.some((word) => word.includes("nats.server.enabled") || word.includes("nats.url"));
      await expect(helm.template(...(given ? [] : SET_NATS), ...options), command.join(" ")).resolves.not.toEqual([]);
    }
  });

  test("install-kubernetes.md has values that the chart takes", async () => {
    const values = (await yamlOf("install-kubernetes.md")).find((block) => block.startsWith("image:")) ?? "";
    const file = path.join(await mkdtemp(path.join(tmpdir(), "fascia-values-")), "values.yaml");
    await writeFile(file, values.replace("sha256:…", `sha256:${"0".repeat(64)}`));
    await expect(helm.template(...SET_NATS, "--values", file)).resolves.not.toEqual([]);
    await rm(path.dirname(file), { recursive: true });
  });
});

describe("A value that is wrong is refused:", () => {
  test.each([
    ["one that there is not", "imge.tag=x", "imge"],
    ["one inside another", "operator.replica=2", "replica"],
    ["text for a number", "operator.replicas=two", "/operator/replicas"],
    ["too many replicas", "operator.replicas=10", "/operator/replicas"],
    ["a policy that there is not", "image.pullPolicy=Sometimes", "/image/pullPolicy"],
    ["a digest that is none", "image.digest=sha256:12", "/image/digest"],
    ["a namespace that is none", "watchNamespaces={North_1}", "/watchNamespaces/0"],
    ["a way to get certificates that there is not", "webhook.certificate.mode=Manual", "/webhook/certificate/mode"],
    ["credentials in the address of NATS", "nats.url=nats://me:secret@nats:4222", "/nats/url"],
    ["an address of no NATS", "nats.url=http://nats:4222", "/nats/url"],
    ["a size that is none", "nats.server.storage.size=plenty", "/nats/server/storage/size"],
    ["credentials in the address of a proxy", "proxy.https=http://me:secret@proxy:3128", "/proxy/https"],
    ["a port of root's", "telemetry.port=80", "/telemetry/port"],
    ["a user that is root", "operator.runAsUser=0", "/operator/runAsUser"],
    ["a quantity that is none", "adapters.resources.limits.memory=much", "/adapters/resources/limits/memory"],
  ])("%s", async (_title, set, says) => {
    await expect(helm.template(...SET_NATS, "--set", set)).rejects.toThrow(says);
  });

  test("no NATS at all, and two of them", async () => {
    await expect(helm.template()).rejects.toThrow("nats.url: say where NATS with JetStream is");
    await expect(helm.template(...SET_NATS, "--set", "nats.server.enabled=true")).rejects.toThrow(
      "exclude one another",
    );
    const own = ["--set", "nats.server.enabled=true", "--set", "nats.secretName=x"];
    await expect(helm.template(...own)).rejects.toThrow("nats.secretName is for a NATS that is there");
  });
});

test("The chart's CRDs are those of crds/", async () => {
  const objects = await helm.template(...SET_NATS, "--set", "crds.keep=false");
  for (const { plural } of KINDS) {
    const file = new URL(`../../crds/fascia.dev_${plural}.yaml`, import.meta.url);
    const ours = find(objects, "CustomResourceDefinition", `${plural}.fascia.dev`);
    expect(ours?.["spec"]).toEqual((parse(await readFile(file, "utf8")) as Rendered)["spec"]);
  }
});
