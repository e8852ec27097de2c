import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { accountsConf, newInstallation } from "../../src/jetstream/installation.ts";
import { podOf, untilPod } from "./pods.ts";
import { clusterWithImages, helm, kubectl } from "./tools.ts";

const CHART = fileURLToPath(new URL("../../charts/fascia", import.meta.url));
const NAMESPACE = "fascia-system";

const VALUES = [
  "image.registry=localhost",
  "image.tag=dev",
  "image.pullPolicy=Never",
  // The tests are about what the chart brings beside the operator: what it makes is made here.
  "operator.replicas=0",
  "nats.server.enabled=true",
  "nats.server.image.registry=localhost",
  "nats.server.image.tag=dev",
  "nats.server.image.pullPolicy=Never",
  "nats.server.storage.persistent=false",
  "nats.server.storage.size=1Gi",
];

beforeAll(async () => {
  await clusterWithImages();
  const sets = VALUES.flatMap((value) => ["--set", value]);
  await helm("install", "fascia", CHART, "--namespace", NAMESPACE, "--create-namespace", ...sets);
  const where = `--namespace=${NAMESPACE}`;
  const yaml = await kubectl(
    "get",
    undefined,
    "configmap",
    "fascia",
    where,
    "--output=jsonpath={.data.operator\\.yaml}",
  );
  const { nats } = parse(yaml) as { nats: { server: { accountsSecretName: string } } };
  const installation = newInstallation(randomBytes, Date.now());
  await kubectl("apply", secretOf(nats.server.accountsSecretName, { "accounts.conf": accountsConf(installation) }));
  await kubectl("apply", secretOf("fascia-nats-keys", installation));
  await kubectl("rollout", undefined, "status", "statefulset/fascia-nats", where, "--timeout=2m");
}, 1_800_000);

afterAll(async () => {
  await helm("uninstall", "fascia", "--namespace", NAMESPACE);
  await kubectl("delete", undefined, "namespace", NAMESPACE);
});

const secretOf = (name: string, stringData: Record<string, string>): object => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace: NAMESPACE },
  stringData,
});

/** Connects with no credentials and with the operator's, stores a message, and prints what the server says of itself. */
const STORE = `
(async () => {
  const { connect, credsAuthenticator } = await import("@nats-io/transport-node");
  const { jetstream, jetstreamManager } = await import("@nats-io/jetstream");
  const servers = "nats://fascia-nats.fascia-system.svc:4222";
  await connect({ servers }).catch((error) => console.log(error.name));
  const nc = await connect({ servers, authenticator: credsAuthenticator(Buffer.from(process.env.NATS_CREDS)) });
  const manager = await jetstreamManager(nc);
  await manager.streams.add({ name: "TEST", subjects: ["test"], storage: "file" });
  await jetstream(nc).publish("test", "x");
  const { state } = await manager.streams.info("TEST");
  const monitoring = await fetch("http://fascia-nats.fascia-system.svc:8222/jsz");
  const { config } = await monitoring.json();
  console.log(state.messages, config.max_storage, config.sync_always);
  await nc.close();
})();`;

describe("The chart's NATS server", () => {
  test("stores messages on disk for who has the operator's credentials, and for nobody else", async () => {
    const secretKeyRef = { name: "fascia-nats-keys", key: "nats.creds" };
    const env = [{ name: "NATS_CREDS", valueFrom: { secretKeyRef } }];
    await kubectl(
      "apply",
      podOf("store", { command: ["node", "-e", STORE], workingDir: "/opt/fascia", env }, NAMESPACE),
    );
    await untilPod("store", "Succeeded", NAMESPACE);
    const printed = await kubectl("logs", undefined, "store", `--namespace=${NAMESPACE}`);
    // Nine tenths of 1Gi.
    expect(printed).toBe("AuthorizationError\n1 966367641 true\n");
  });
});
