import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { KubeClient } from "../../../hack/cluster/client.ts";
import type { Periods } from "../../../src/operator/certificates/decide.ts";
import { certificateFiles } from "../../../src/operator/certificates/files.ts";
import { CertificateKeeper } from "../../../src/operator/certificates/keeper.ts";
import type { ServingCertificate } from "../../../src/operator/certificates/serve.ts";
import type { CertificateStore } from "../../../src/operator/certificates/store.ts";
import { silentLog } from "../../../src/telemetry/log.ts";
import { Authority } from "../../builders/certificates.ts";
import { eventually } from "../../builders/eventually.ts";
import { aContractVersion, aSource } from "../../builders/resources.ts";
import { create, messageOf } from "../api.ts";
import { type Api, startApi } from "../startapi.ts";
import { asked, CONFIGURATION, keeperOf, SECRET, storeOf, Webhook, WEBHOOKS } from "./rig.ts";

const SECRETS = `/api/v1/namespaces/${SECRET.namespace}/secrets`;
const never = aSource("never", 0, { emits: [{ contract: "visit", version: "1.0.0-rc-" }] }, "default");

let api: Api;
let admin: KubeClient;
let store: CertificateStore;
let webhook: Webhook;

beforeAll(async () => {
  api = await startApi();
  admin = api.controlPlane.client("admin");
  store = storeOf(api);
}, 120_000);

afterAll(() => api?.stop());

beforeEach(async () => {
  webhook = new Webhook(api);
  await webhook.refresh();
});

afterEach(async () => {
  await webhook.stop();
  await admin.request("DELETE", `${WEBHOOKS}/${CONFIGURATION}`);
  await admin.request("DELETE", `${SECRETS}/${SECRET.secretName}`);
});

/** Fails unless whoever trusts `ca` is served on `port`. */
async function handshake(port: number, ca: string): Promise<X509Certificate> {
  const socket = connectTls({ port, host: "127.0.0.1", ca });
  await once(socket, "secureConnect");
  const certificate = new X509Certificate(socket.getPeerCertificate().raw);
  socket.destroy();
  return certificate;
}

describe("A certificate of our own", () => {
  test("is renewed, and its authority too, while requests go on: none fails", async () => {
    const second = 1000;
    const periods: Periods = {
      authorityMs: 24 * second,
      certificateMs: 12 * second,
      overlapMs: 3 * second,
      skewMs: second,
    };
    const names = ["127.0.0.1"];
    const keeper = new CertificateKeeper({ store, names, clock: { now: Date.now }, log: silentLog, periods });
    const port = await webhook.start(keeper, { register: true });
    await asked(admin, never);
    const [certificates, issuers] = [new Set<string>(), new Set<string>()];
    for (let i = 0; issuers.size < 2 || certificates.size < 3; i++) {
      const [bundle = ""] = (await store.readBundles()) ?? [];
      const answer = await create(admin, aContractVersion({ contract: `contract-${i}` }), true);
      expect([answer.status, messageOf(answer)]).toEqual([201, expect.anything()]);
      const { fingerprint256, issuer } = await handshake(port, bundle);
      certificates.add(fingerprint256);
      issuers.add(issuer);
      await pause(20);
    }
  }, 90_000);

  test("is one and the same for two operators that begin at once, and not written again", async () => {
    await webhook.start(keeperOf(store), { register: true });
    await admin.request("DELETE", `${SECRETS}/${SECRET.secretName}`);
    const served: ServingCertificate[] = [];
    const operators = [1, 2, 3].map(() => keeperOf(storeOf(api)));
    await Promise.all(operators.map((keeper) => keeper.look((certificate) => served.push(certificate))));
    expect(new Set(served.map(({ cert }) => cert)).size).toBe(1);
    const { version } = (await store.readSecret()) ?? {};
    await Promise.all(operators.map((keeper) => keeper.look(() => {})));
    expect((await store.readSecret())?.version).toBe(version);
  });

  test("fills a Secret that was there, empty, and leaves its type alone", async () => {
    const body = { apiVersion: "v1", kind: "Secret", metadata: { name: SECRET.secretName, labels: { helm: "yes" } } };
    await admin.request("POST", SECRETS, { body });
    await webhook.start(keeperOf(store), { register: true });
    await asked(admin, never);
    const secret = (await admin.request("GET", `${SECRETS}/${SECRET.secretName}`)).body;
    expect(secret).toMatchObject({ type: "Opaque", metadata: { labels: { helm: "yes" } } });
  });

  test("is published anew where the webhook configuration was applied over without it", async () => {
    const port = await webhook.start(keeperOf(store), { register: true });
    await asked(admin, never);
    await store.writeBundle("");
    await eventually(async () => (await store.readBundles())?.every((each) => each !== "") === true);
    await asked(admin, never);
    const [bundle = ""] = (await store.readBundles()) ?? [];
    await expect(handshake(port, bundle)).resolves.toBeDefined();
  });
});

describe("A certificate in files", () => {
  test("is served to the API server, and the renewed one as well, without a restart", async () => {
    const authority = new Authority();
    const directory = await mkdtemp(path.join(os.tmpdir(), "fascia-certificate-"));
    const put = async (name: string) => {
      const { cert, key } = authority.issue(name);
      await writeFile(path.join(directory, "tls.key"), key);
      await writeFile(path.join(directory, "tls.crt"), cert);
    };
    await put("first");
    const port = await webhook.start(certificateFiles(directory), { register: true });
    // As cert-manager's injector does.
    await store.writeBundle(authority.ca.toString());
    await asked(admin, never);
    expect((await handshake(port, authority.ca.toString())).subject).toBe("CN=first");
    await put("second");
    await eventually(async () => (await handshake(port, authority.ca.toString())).subject === "CN=second");
    expect((await create(admin, never, true)).status).toBe(403);
    authority.remove();
    await rm(directory, { recursive: true });
  });
});
