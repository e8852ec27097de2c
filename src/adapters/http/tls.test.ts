import { request as httpsRequest, type RequestOptions } from "node:https";
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Authority, type Certificate, MemorySecrets } from "../../../test/builders/certificates.ts";
import { eventually } from "../../../test/builders/eventually.ts";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { HttpPeer } from "../../../test/conformance/peers/http.ts";
import type { HttpTargetSpec } from "../../api/adapter-http.ts";
import type { ClientTls, ServerTls } from "../../api/meta.ts";
import { systemClock } from "../../base/clock.ts";
import { createLog, silentLog } from "../../telemetry/log.ts";
import { isChannel, type Outcome, type Received, type SourceDeps } from "../adapter.ts";
import { createHttpSource } from "./source.ts";
import { createHttpTarget } from "./target.ts";

const never = new AbortController().signal;

let authority: Authority;
let stranger: Authority;
let server: Certificate;
let client: Certificate;
const cleanups: (() => Promise<unknown>)[] = [];

beforeAll(() => {
  authority = new Authority();
  stranger = new Authority("Another Authority");
  server = authority.issue("hub.hospital.example");
  client = authority.issue("lab.hospital.example");
});
afterAll(() => {
  authority.remove();
  stranger.remove();
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

describe("a webhook with TLS", () => {
  let received: Received[];
  let log: string;
  let port: number;

  async function start(clientAuth: ServerTls["clientAuth"], deps: Partial<SourceDeps> = {}): Promise<string> {
    received = [];
    log = "";
    const destination = { write: (line: string) => void (log += line) };
    const source = createHttpSource(
      { port: 0, path: "/", maxMessageBytes: 1024, tls: { secretName: "hub", clientAuth } },
      {
        secrets: new MemorySecrets().setTls("hub", server),
        clock: systemClock,
        log: createLog({ level: "debug", destination }),
        host: "127.0.0.1",
        ...deps,
      },
    );
    cleanups.push(() => source.stop());
    const address = await source.start(async (message) => {
      received.push(message);
      return { status: "Accepted", messageId: "k1.m" };
    });
    port = Number(new URL(address).port);
    return address;
  }

  function post(options: RequestOptions = {}): Promise<number> {
    return new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json" };
      const all = {
        host: "127.0.0.1",
        servername: "localhost",
        port,
        method: "POST",
        headers,
        agent: false,
        ...options,
      };
      const request = httpsRequest({ ca: authority.ca, ...all }, (response) => {
        response.resume().on("end", () => resolve(response.statusCode ?? 0));
      });
      request.on("error", reject);
      request.end("{}");
    });
  }

  test("takes messages, and says so in its address", async () => {
    expect(await start("None")).toBe(`https://127.0.0.1:${port}/`);
    expect(await post()).toBe(202);
    expect(received[0]).not.toHaveProperty("principal");
  });

  test("knows a caller by its certificate where one is required, also in the identity of what it sends", async () => {
    await start("Require");
    const headers = { "content-type": "application/json", "idempotency-key": "1" };
    expect(await post({ cert: client.cert, key: client.key, headers })).toBe(202);
    expect(received[0]).toMatchObject({ principal: "lab.hospital.example", identity: ["lab.hospital.example", "1"] });
  });

  test("takes nothing from who has no certificate of the authority", async () => {
    await start("Require");
    const { cert, key } = stranger.issue("lab.hospital.example");
    await expect(post()).rejects.toThrow(/socket|reset|alert|hang up/i);
    await expect(post({ cert, key })).rejects.toThrow(/socket|reset|alert|hang up/i);
    await eventually(() => log.split("http client refused").length === 3);
    expect(received).toEqual([]);
  });

  test("takes over a renewed certificate, and keeps the old one when the new one is broken", async () => {
    const clock = new ManualClock();
    const secrets = new MemorySecrets().setTls("hub", server);
    await start("None", { clock, secrets });
    secrets.setTls("hub", { cert: Buffer.from("broken"), key: server.key });
    await eventually(() => clock.sleepers > 0);
    clock.advance(60_000);
    await eventually(() => log.includes("http certificate not renewed"));
    expect(await post()).toBe(202);

    secrets.setTls("hub", stranger.issue("hub.hospital.example"));
    await eventually(() => clock.sleepers > 0);
    clock.advance(60_000);
    await eventually(() => log.includes("http certificate renewed"));
    await expect(post()).rejects.toThrow(/certificate/);
    expect(await post({ ca: stranger.ca })).toBe(202);
  });

  test("lets a handshake that never ends hold nothing up", async () => {
    await start("None");
    const silent = connect({ host: "127.0.0.1", port });
    cleanups.push(async () => silent.destroy());
    silent.on("error", () => {});
    expect(await post()).toBe(202);
  });

  test("refuses to start without its Secret, or where clients must be verified and nothing says by what", async () => {
    await expect(start("None", { secrets: new MemorySecrets() })).rejects.toMatchObject({ code: "SecretMissing" });
    const noAuthority = new MemorySecrets().setTls("hub", { cert: server.cert, key: server.key });
    await expect(start("Require", { secrets: noAuthority })).rejects.toMatchObject({ code: "SecretMissing" });
  });
});

describe("an HTTP target with TLS", () => {
  let peer: HttpPeer;
  let secrets: MemorySecrets;

  async function listen(options: object = {}): Promise<void> {
    secrets = new MemorySecrets().setTls("peer", { ...client, ca: authority.ca });
    peer = await new HttpPeer({ cert: server.cert, key: server.key, ...options }).listen();
    cleanups.push(() => peer.close());
  }

  async function deliver(tls: ClientTls, url = peer.url): Promise<Outcome> {
    const spec: HttpTargetSpec = {
      url,
      connections: 1,
      timeoutSeconds: 5,
      method: "POST",
      idempotent: false,
      tls,
    };
    const target = createHttpTarget(spec, { secrets, clock: systemClock, log: silentLog });
    cleanups.push(() => target.close());
    const channel = await target.acquire(never);
    if (!isChannel(channel)) return channel;
    const outcome = await channel.send({ payload: {}, messageId: "m", idempotencyKey: "k" }, never);
    channel.release();
    return outcome;
  }

  test("verifies the server by the Secret's authority, and shows its certificate", async () => {
    await listen({ ca: authority.ca, requestCert: true, rejectUnauthorized: true });
    expect((await deliver({ secretName: "peer" })).kind).toBe("Delivered");
    expect((await deliver({ secretName: "peer", serverName: "localhost" })).kind).toBe("Delivered");
  });

  test.each([
    ["an authority that is not trusted", {}],
    ["a certificate for another name", { secretName: "peer", serverName: "other.example" }],
    ["a Secret that is missing", { secretName: "missing" }],
  ])("%s is Transient, and nothing was sent", async (_name, tls) => {
    await listen();
    expect(await deliver(tls)).toMatchObject({
      kind: "Transient",
      down: true,
      reason: expect.stringMatching(/^not sent: /),
    });
    expect(peer.requests).toEqual([]);
  });

  test("a server that does not take our certificate took nothing, though under TLS 1.3 it says so late", async () => {
    await listen({ ca: stranger.ca, requestCert: true, rejectUnauthorized: true });
    expect(await deliver({ secretName: "peer" })).toMatchObject({
      kind: "Transient",
      down: true,
      reason: expect.stringContaining("over our certificate"),
    });
    expect(peer.requests).toEqual([]);
  });

  test("a server that does not speak TLS is Transient", async () => {
    await listen();
    const plain = await new HttpPeer().listen();
    cleanups.push(() => plain.close());
    expect(await deliver({ secretName: "peer" }, `https://127.0.0.1:${plain.port}`)).toMatchObject({
      kind: "Transient",
      down: true,
    });
  });
});
