import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { KubeClient } from "../../hack/cluster/client.ts";
import { type ControlPlane, startControlPlane } from "../../hack/cluster/controlplane.ts";
import { crdConditions } from "./api.ts";
import packageJson from "../../package.json" with { type: "json" };
import { EARLIER_CHART } from "../charts/earlier.ts";
import { CHART, Helm, type Rendered } from "./helm.ts";
import { allowed, dryRun } from "./objects.ts";

let controlPlane: ControlPlane;
let admin: KubeClient;
let helm: Helm;

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const CRD = `${CRDS}/adapters.fascia.dev`;
const NATS = ["--set", "nats.server.enabled=true"];

const release = (command: string, name: string, namespace: string, ...args: string[]) =>
  helm.run(command, name, CHART, "--namespace", namespace, ...NATS, ...args);

beforeAll(async () => {
  controlPlane = await startControlPlane();
  admin = controlPlane.client("admin");
  helm = await Helm.of(controlPlane);
  for (const name of ["north", "south"])
    await admin.request("POST", "/api/v1/namespaces", { body: { metadata: { name } } });
  await helm.run("install", "fascia", EARLIER_CHART, "--namespace", "fascia-system", "--create-namespace", ...NATS);
}, 120_000);

afterAll(async () => {
  await helm?.close();
  await controlPlane?.stop();
});

/** What somebody might do; in all namespaces unless one is named. */
interface Deed {
  verb: string;
  group?: string;
  resource: string;
  namespace?: string;
  name?: string;
}

const may = (serviceAccount: string, deed: Deed) => allowed(admin, serviceAccount, deed);

describe("An installed release", () => {
  test("serves the kinds", async () => {
    expect(await crdConditions(admin, "adapters")).toContainEqual(
      expect.objectContaining({ type: "Established", status: "True" }),
    );
  });

  test("brings CRDs up to date when it is upgraded", async () => {
    const versionOf = async () => {
      const { body } = await admin.request("GET", CRD);
      return (body as Rendered).metadata.labels?.["helm.sh/chart"];
    };
    expect(await versionOf()).toBe("fascia-0.1.0");
    await release("upgrade", "fascia", "fascia-system");
    expect(await versionOf()).toBe(`fascia-${packageJson.version}`);
    const objects = await helm.template(...NATS);
    for (const crd of objects.filter(({ kind }) => kind === "CustomResourceDefinition")) {
      const { body } = await admin.request("GET", `${CRDS}/${crd.metadata.name}`);
      const ours = (await dryRun(admin, crd)) ?? { body: {} };
      expect((body as Rendered)["spec"]).toEqual((ours.body as Rendered)["spec"]);
    }
  });

  test.each<[string, Deed]>([
    ["makes Deployments of adapters", { verb: "create", group: "apps", resource: "deployments", namespace: "north" }],
    ["watches Adapters everywhere", { verb: "watch", group: "fascia.dev", resource: "adapters" }],
    ["writes adapters' credentials", { verb: "patch", resource: "secrets", namespace: "north" }],
    [
      "keeps its own Lease",
      { verb: "update", group: "coordination.k8s.io", resource: "leases", namespace: "fascia-system", name: "fascia" },
    ],
    [
      "reads what its NATS server's accounts are made from",
      { verb: "get", resource: "secrets", namespace: "fascia-system", name: "fascia-nats-keys" },
    ],
    [
      "reads its webhook's certificate",
      { verb: "get", resource: "secrets", namespace: "fascia-system", name: "fascia-webhook-tls" },
    ],
  ])("%s", async (_title, deed) => expect(await may("fascia-system/fascia", deed)).toBe(true));

  test.each<[string, Deed]>([
    ["read others' Secrets", { verb: "get", resource: "secrets", namespace: "north" }],
    ["list Secrets", { verb: "list", resource: "secrets" }],
    ["read other Secrets of its own namespace", { verb: "get", resource: "secrets", namespace: "fascia-system" }],
    [
      "take others' Leases",
      { verb: "update", group: "coordination.k8s.io", resource: "leases", namespace: "kube-system", name: "x" },
    ],
    ["run commands in pods", { verb: "create", resource: "pods/exec", namespace: "north" }],
    ["give rights", { verb: "create", group: "rbac.authorization.k8s.io", resource: "roles", namespace: "north" }],
    [
      "change others' webhooks",
      {
        verb: "patch",
        group: "admissionregistration.k8s.io",
        resource: "validatingwebhookconfigurations",
        name: "others",
      },
    ],
  ])("may not %s", async (_title, deed) => expect(await may("fascia-system/fascia", deed)).toBe(false));

  test("keeps what the operator wrote into the webhook configuration when it is upgraded", async () => {
    const path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/fascia.dev";
    const caBundle = Buffer.from("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n").toString("base64");
    const written = await admin.request("PATCH", `${path}?fieldManager=fascia`, {
      contentType: "application/strategic-merge-patch+json",
      body: { webhooks: [{ name: "validate.fascia.dev", clientConfig: { caBundle } }] },
    });
    expect(written.status).toBe(200);
    await release("upgrade", "fascia", "fascia-system", "--set", "operator.replicas=2");
    const { body } = await admin.request("GET", path);
    const { webhooks } = body as { webhooks: { name: string; clientConfig: { caBundle?: string } }[] };
    expect(webhooks.find(({ name }) => name === "validate.fascia.dev")?.clientConfig.caBundle).toBe(caBundle);
  });

  test("is the only one of its cluster: a second one is refused, with the first one's name", async () => {
    await expect(release("install", "other", "north", "--set", "crds.install=false")).rejects.toThrow(
      "release fascia in namespace fascia-system governs this cluster already",
    );
    await expect(
      release("install", "other", "north", "--set", "crds.install=false,webhook.enabled=false"),
    ).rejects.toThrow("governs this cluster already");
  });

  test("leaves CRDs, and the resources with them, when it is uninstalled", async () => {
    await helm.run("uninstall", "fascia", "--namespace", "fascia-system");
    expect((await admin.request("GET", CRD)).status).toBe(200);
    expect((await admin.request("GET", "/apis/apps/v1/namespaces/fascia-system/deployments/fascia")).status).toBe(404);
  });
});

describe("CRDs that an earlier release left", () => {
  const install = (...args: string[]) => release("install", "successor", "fascia-system", ...args);

  test("are not taken from it unasked, and are when asked", async () => {
    await expect(install()).rejects.toThrow("cannot be imported into the current release");
    await expect(install("--take-ownership")).resolves.toContain("STATUS: deployed");
    await helm.run("uninstall", "successor", "--namespace", "fascia-system");
  });
});

describe("A release for some namespaces", () => {
  beforeAll(() =>
    release("install", "fascia", "fascia-system", "--take-ownership", "--set", "watchNamespaces={north}").then(
      () => undefined,
    ),
  );

  test("has rights there, and nowhere else", async () => {
    const deed = { verb: "create", group: "apps", resource: "deployments" };
    expect(await may("fascia-system/fascia", { ...deed, namespace: "north" })).toBe(true);
    expect(await may("fascia-system/fascia", { ...deed, namespace: "south" })).toBe(false);
  });

  test("still sees contracts, which are in no namespace", async () => {
    expect(
      await may("fascia-system/fascia", { verb: "watch", group: "fascia.dev", resource: "contractversions" }),
    ).toBe(true);
  });
});
