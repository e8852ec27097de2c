import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ownNames, readOperatorConfig, workloadSettings } from "./operatorconfig.ts";
import { operatorHub, storeOf } from "./operatorhub.ts";

const LEAST = `
release: fascia
leaderElection: { lease: fascia }
keys: { secretName: fascia-keys }
nats: { url: "nats://nats.nats.svc:4222" }
adapters: { image: "fascia:0.1.0" }
`;

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "fascia-operator-config-"));
});
afterEach(() => rm(dir, { recursive: true }));

async function read(text: string) {
  const file = join(dir, "operator.yaml");
  await writeFile(file, text);
  return readOperatorConfig(file);
}

describe("The operator's configuration", () => {
  test("names what is the operator's own, which nothing of an Adapter's may be called", async () => {
    expect(ownNames(await read(LEAST))).toEqual(["fascia", "fascia-keys"]);
    const server = "server: { keysSecretName: fascia-nats-keys, accountsSecretName: fascia-nats-accounts }";
    const config = await read(LEAST.replace("nats: {", `nats: { ${server},`));
    expect(ownNames(config)).toEqual([
      "fascia",
      "fascia-keys",
      "fascia-nats-keys",
      "fascia-nats-accounts",
      "fascia-nats",
    ]);
  });

  test("needs little: everything else has a default", async () => {
    expect(await workloadSettings(await read(LEAST))).toEqual({
      image: "fascia:0.1.0",
      imagePullPolicy: "IfNotPresent",
      imagePullSecrets: [],
      nats: { url: "nats://nats.nats.svc:4222", credentials: false },
      resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "256Mi" } },
      networkPolicy: true,
      clusterDomain: "cluster.local",
    });
  });

  test("says of adapters' pods all that there is to say", async () => {
    await writeFile(join(dir, "ca.crt"), "a certificate\n");
    const config = await read(`
release: fascia
leaderElection: { lease: fascia }
keys: { secretName: fascia-keys }
nats: { url: "nats://127.0.0.1:4222" }
trustedCAsFile: ${join(dir, "ca.crt")}
adapters:
  image: "fascia:0.1.0"
  imagePullPolicy: Never
  imagePullSecrets: [registry]
  user: 65532
  natsUrl: nats://nats.nats.svc:4222
  resources: { limits: { memory: 1Gi } }
  networkPolicy: false
  clusterDomain: hospital.local
  tracingEndpoint: http://collector:4318
  proxy: { https: "http://proxy:3128", noProxy: [.hospital.example] }
  monitoringNamespace: monitoring
`);
    expect(await workloadSettings(config)).toEqual({
      image: "fascia:0.1.0",
      imagePullPolicy: "Never",
      imagePullSecrets: ["registry"],
      user: 65_532,
      nats: { url: "nats://nats.nats.svc:4222", credentials: false },
      resources: { limits: { memory: "1Gi" } },
      networkPolicy: false,
      clusterDomain: "hospital.local",
      trustedCAs: "a certificate\n",
      tracingEndpoint: "http://collector:4318",
      proxy: { https: "http://proxy:3128", noProxy: [".hospital.example"] },
      monitoringNamespace: "monitoring",
    });
  });

  test("is as docs/kubernetes.md shows it", async () => {
    const page = await readFile("docs/kubernetes.md", "utf8");
    const [, shown = ""] = /```yaml\n(release:[^]*?)```/.exec(page) ?? [];
    expect((await read(shown)).adapters.natsUrl).toBe("nats://nats.messaging.svc:4222");
  });

  test.each([
    ["a field that there is not", `${LEAST}telemetri: { port: 9464 }\n`, ":7: telemetri: unknown field"],
    ["one inside another", LEAST.replace("image:", "imge: x, image:"), ":6: adapters.imge: unknown field"],
    ["one that is missing", LEAST.replace(/^keys.*$/m, ""), "keys: required, but missing (object)"],
    ["a port that is none", `${LEAST}telemetry: { port: 70000 }\n`, ":7: telemetry.port: "],
    ["credentials in an address", LEAST.replace("//nats", "//me:secret@nats"), ":5: nats.url: must be an address"],
    [
      "a namespace that is none",
      `${LEAST}watchNamespaces: [north, South]\n`,
      ":7: watchNamespaces[1]: must be the name",
    ],
    [
      "a certificate from nowhere",
      `${LEAST}webhook: { port: 9443, service: fascia-webhook }\n`,
      ":7: webhook: either secretName or certificateDirectory",
    ],
    ["what is no YAML", "nats: {", ":1: not valid YAML"],
    ["nothing at all", "", ": is to hold one document"],
  ])("refuses %s, and says where", async (_title, text, says) => {
    const refused = await read(text).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "OperatorConfigInvalid" });
    expect((refused as Error).message).toContain(`operator.yaml${says.startsWith(":") ? says : ""}`);
    expect((refused as Error).message).toContain(says);
    expect((refused as Error).message).not.toContain("secret@");
  });

  test("lists everything that is wrong, a line each, and says where a right one is shown", async () => {
    const refused = await read("release: fascia\nnats: {}\n").catch((error: unknown) => error);
    expect((refused as Error).message.split("\n")).toEqual([
      expect.stringContaining("docs/kubernetes.md"),
      expect.stringMatching(/^ {2}.*operator\.yaml:1: leaderElection: required/),
      expect.stringMatching(/^ {2}.*operator\.yaml:1: keys: required/),
      expect.stringMatching(/^ {2}.*operator\.yaml:2: nats\.url: required/),
      expect.stringMatching(/^ {2}.*operator\.yaml:1: adapters: required/),
    ]);
  });

  test("names a file that is not there", async () => {
    await expect(readOperatorConfig(join(dir, "none.yaml"))).rejects.toMatchObject({
      code: "OperatorConfigInvalid",
      message: expect.stringContaining("cannot be read (ENOENT)") as string,
    });
  });

  test("watches a namespace once, however often it is named", async () => {
    expect((await read(`${LEAST}watchNamespaces: [north, south, north]\n`)).watchNamespaces).toEqual([
      "north",
      "south",
    ]);
  });
});

describe("The operator connects to the hub", () => {
  const url = "nats://nats:4222";
  const noClient = {} as Parameters<typeof operatorHub>[1];
  const hub = (credentialsDirectory?: string) => {
    const given = credentialsDirectory !== undefined && { credentialsDirectory };
    return operatorHub({ url, streamReplicas: 1, ...given }, noClient, "default");
  };

  test("without credentials where there are none", async () => expect(await hub()).toEqual({ hub: { url } }));

  test("with what a mounted Secret holds, which may be renewed", async () =>
    expect((await hub(dir)).hub).toEqual({ url, credsFile: dir }));

  test("and says how to find out whether it syncs, where nobody told", async () => {
    expect(await storeOf({ url, streamReplicas: 1 })).toEqual({
      durable: { durable: undefined, reason: expect.stringContaining("set nats.monitoringUrl") as string },
    });
  });
});
