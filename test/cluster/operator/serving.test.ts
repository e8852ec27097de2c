import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { CONFIGURATIONS, VALIDATE_PATH, webhookConfiguration } from "../../../src/operator/admission/webhooks.ts";
import { MARKER, RELEASE_ANNOTATION } from "../../../src/operator/governance.ts";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import { WORKLOAD_TYPES } from "../../../src/operator/workload/types.ts";
import { Authority } from "../../builders/certificates.ts";
import { eventually } from "../../builders/eventually.ts";
import { freePort } from "../../builders/ports.ts";
import { spawnFascia } from "../../builders/process.ts";
import { aSource } from "../../builders/resources.ts";
import { create, messageOf } from "../api.ts";
import { type OperatorRig, startOperatorRig } from "./rig.ts";

interface Configuration extends KubeObject {
  webhooks?: { clientConfig: { caBundle?: string } }[];
}

/** Refers to a version that could never be there. */
const never = aSource("never", 0, { emits: [{ contract: "visit", version: "1.0.0-rc-" }] }, "default");
const SERVICE = { service: { namespace: "default", name: "fascia-webhook", path: VALIDATE_PATH } };
const RELEASE = { annotations: { [RELEASE_ANNOTATION]: "default/fascia" } };

let rig: OperatorRig;

beforeAll(async () => {
  rig = await startOperatorRig();
}, 120_000);
afterAll(() => rig?.stop());
afterEach(() => rig.api.client.delete(CONFIGURATIONS, { name: MARKER }));

/** As a release makes it. */
async function mark(configuration = webhookConfiguration(MARKER, SERVICE), metadata: object = RELEASE): Promise<void> {
  const { client } = rig.api;
  await client.create(CONFIGURATIONS, { ...configuration, metadata: { name: MARKER, ...metadata } } as KubeObject);
}

function trusting(ca: Buffer, configuration: object): object {
  const { webhooks = [] } = configuration as Configuration;
  const caBundle = ca.toString("base64");
  return {
    ...configuration,
    webhooks: webhooks.map((each) => ({ ...each, clientConfig: { ...each.clientConfig, caBundle } })),
  };
}

describe("Admission of `fascia operator`", () => {
  test("is answered by every replica, leading or not, with the certificate that somebody else renews", async () => {
    const authority = new Authority();
    const { cert, key, ca } = authority.issue("127.0.0.1");
    authority.remove();
    await Promise.all([writeFile(join(rig.dir, "tls.crt"), cert), writeFile(join(rig.dir, "tls.key"), key)]);
    const webhook = { host: "127.0.0.1", service: "fascia-webhook", certificateDirectory: rig.dir };
    const ports = [await freePort(), await freePort()];
    const operators = await Promise.all(ports.map((port) => rig.startOperator({ webhook: { ...webhook, port } })));
    for (const [index, port] of ports.entries()) {
      await eventually(async () => expect(await operators[index]?.isReady()).toBe(true));
      await mark(trusting(ca, webhookConfiguration(MARKER, { url: `https://127.0.0.1:${port}${VALIDATE_PATH}` })));
      await eventually(async () => {
        const answer = await create(rig.api.controlPlane.client("admin"), never, true);
        expect([answer.status, messageOf(answer)]).toEqual([403, expect.stringContaining("references/never-resolves")]);
      });
      await rig.api.client.delete(CONFIGURATIONS, { name: MARKER });
    }
    await Promise.all(operators.map((operator) => operator.stop()));
  });

  test("has a certificate of its own for its Service, which the API server is told to trust", async () => {
    await mark();
    const port = await freePort();
    const webhook = { host: "127.0.0.1", port, service: "fascia-webhook", secretName: "fascia-webhook-tls" };
    const operator = await rig.startOperator({ webhook });
    await eventually(async () => expect(await operator.isReady()).toBe(true));
    const { webhooks = [] } = await rig.api.client.get<Configuration>(CONFIGURATIONS, { name: MARKER });
    expect(webhooks).toHaveLength(2);
    for (const { clientConfig } of webhooks) {
      const ca = Buffer.from(clientConfig.caBundle ?? "", "base64").toString();
      const socket = connectTls({ port, host: "127.0.0.1", servername: "fascia-webhook.default.svc", ca });
      await once(socket, "secureConnect");
      expect(socket.authorized).toBe(true);
      socket.destroy();
    }
    await operator.stop();
  });
});

describe("`fascia operator` of a second release", () => {
  test("refuses to start, and names the first", async () => {
    await mark(undefined, { annotations: { [RELEASE_ANNOTATION]: "integration/first" } });
    const { code, stderr } = await spawnFascia(await rig.args({ keys: { secretName: "second" } }), rig.env).ended;
    expect(code).toBe(1);
    expect(stderr).toContain("release first in namespace integration governs this cluster already");
    const secret = { namespace: "default", name: "second" };
    await expect(rig.api.client.get(WORKLOAD_TYPES.Secret, secret)).rejects.toMatchObject({ status: 404 });
  });
});

describe("`fascia operator` that begins while the API server is away", () => {
  test("waits, says so, and goes on when it is back", async () => {
    await rig.api.controlPlane.killApiServer();
    const port = await freePort();
    const operator = spawnFascia(await rig.args({ telemetry: { host: "127.0.0.1", port } }), rig.env);
    const ready = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).text();
    await eventually(async () => expect(await ready()).toContain("start: waits for the API server"));
    await eventually(() => expect(operator.output().stderr).toContain("waiting for the api server"));
    expect(operator.output().stderr).toMatch(/"url":"https:\/\/127\.0\.0\.1:\d+","msg":"starting"/);
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    await rig.api.controlPlane.startApiServer();
    await operator.ready;
    await eventually(async () => expect(await ready()).toBe("ok\n"), 30_000);
    await operator.stop();
  });
});

describe("`fascia operator` without its hub", () => {
  test("is not ready once it leads", async () => {
    const port = await freePort();
    const operator = await rig.startOperator({ nats: { url: `nats://127.0.0.1:${port}` } });
    await eventually(async () => expect(await operator.isLeading()).toBe(true), 30_000);
    expect(await operator.isReady()).toBe(false);
    await operator.stop();
  });
});
