import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { podOf, untilPod } from "./pods.ts";
import { clusterWithImages, helm, kubectl } from "./tools.ts";

const CHART = fileURLToPath(new URL("../../charts/fascia", import.meta.url));
const NAMESPACE = "fascia-system";

const VALUES = [
  "image.registry=localhost",
  "image.tag=dev",
  "image.pullPolicy=Never",
  // The tests are about what the chart brings beside the operator.
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
  await helm(
    "install",
    "fascia",
    CHART,
    "--namespace",
    NAMESPACE,
    "--create-namespace",
    ...sets,
    "--wait",
    "--timeout=2m",
  );
}, 1_800_000);

afterAll(async () => {
  await helm("uninstall", "fascia", "--namespace", NAMESPACE);
  await kubectl("delete", undefined, "namespace", NAMESPACE);
});

/** Connects with no password and with the right one, stores a message, and prints what the server says of itself. */
const STORE = `
(async () => {
  const { connect } = await import("@nats-io/transport-node");
  const { jetstream, jetstreamManager } = await import("@nats-io/jetstream");
  const servers = "nats://fascia-nats.fascia-system.svc:4222";
  await connect({ servers }).catch((error) => console.log(error.name));
  const nc = await connect({ servers, user: process.env.NATS_USER, pass: process.env.NATS_PASSWORD });
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
  test("stores messages on disk for who has the password, and for nobody else", async () => {
    const fromSecret = (name: string, key: string) => ({
      name,
      valueFrom: { secretKeyRef: { name: "fascia-nats", key } },
    });
    const env = [fromSecret("NATS_USER", "user"), fromSecret("NATS_PASSWORD", "password")];
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
