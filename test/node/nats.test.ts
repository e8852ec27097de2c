import { beforeAll, describe, expect, test } from "vitest";
import { podOf, untilPod } from "./pods.ts";
import { SYSTEM, release } from "./release.ts";
import { kubectl } from "./tools.ts";

beforeAll(() => release(), 300_000);

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
  await manager.streams.delete("TEST");
  await nc.close();
})();`;

describe("The chart's NATS server", () => {
  test("stores messages on disk for who has the operator's credentials, and for nobody else", async () => {
    const secretKeyRef = { name: "fascia-nats-keys", key: "nats.creds" };
    const env = [{ name: "NATS_CREDS", valueFrom: { secretKeyRef } }];
    await kubectl("apply", podOf("store", { command: ["node", "-e", STORE], workingDir: "/opt/fascia", env }, SYSTEM));
    await untilPod("store", "Succeeded", SYSTEM);
    const printed = await kubectl("logs", undefined, "store", `--namespace=${SYSTEM}`);
    // Nine tenths of 2Gi.
    expect(printed).toBe("AuthorizationError\n1 1932735282 true\n");
    await kubectl("delete", undefined, "pod", "store", `--namespace=${SYSTEM}`);
  });
});
