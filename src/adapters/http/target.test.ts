import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../../../test/builders/eventually.ts";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { HttpPeer } from "../../../test/conformance/peers/http.ts";
import type { HttpTargetSpec } from "../../api/adapter-http.ts";
import { FasciaError } from "../../base/errors.ts";
import { silentLog } from "../../telemetry/log.ts";
import { type Channel, isChannel, type Outbound, type Outcome, type Secrets, type Target } from "../adapter.ts";
import { createHttpTarget, MAX_REPLY_BYTES } from "./target.ts";

const never = new AbortController().signal;
const message: Outbound = {
  payload: { id: 7 },
  messageId: "k1.m",
  idempotencyKey: "k1.abc",
  traceparent: "00-aa-bb-01",
};

let peer: HttpPeer;
let clock: ManualClock;
let target: Target;
let token: string | undefined;

const secrets: Secrets = {
  read: async (name, key) => {
    if (token !== undefined) return Buffer.from(token);
    throw new FasciaError("SecretMissing", `Secret ${name} has no key ${key}`);
  },
  readOptional: async () => undefined,
};

beforeEach(async () => {
  peer = await new HttpPeer().listen();
  clock = new ManualClock();
  token = "t0ken";
});
afterEach(async () => {
  await target.close();
  await peer.close();
});

function create(spec: Partial<HttpTargetSpec> = {}): Target {
  const all: HttpTargetSpec = {
    url: `${peer.url}/check?site=north`,
    connections: 2,
    timeoutSeconds: 30,
    method: "POST",
    idempotent: false,
    ...spec,
  };
  target = createHttpTarget(all, { secrets, clock, log: silentLog });
  return target;
}

async function acquire(): Promise<Channel> {
  const channel = await target.acquire(never);
  if (!isChannel(channel)) throw new Error(channel.reason);
  return channel;
}

async function deliver(outbound = message): Promise<Outcome> {
  const channel = await target.acquire(never);
  if (!isChannel(channel)) return channel;
  const outcome = await channel.send(outbound, never);
  channel.release();
  return outcome;
}

test("a message is one JSON request with idempotency key and trace context", async () => {
  create({ bearerTokenRef: { name: "eligibility", key: "token" } });
  expect((await deliver()).kind).toBe("Delivered");
  expect(peer.requests).toHaveLength(1);
  const [request] = peer.requests;
  expect(request).toMatchObject({ method: "POST", path: "/check?site=north", body: '{"id":7}' });
  expect(request?.headers).toMatchObject({
    "content-type": "application/json",
    "idempotency-key": "k1.abc",
    traceparent: "00-aa-bb-01",
    authorization: "Bearer t0ken",
  });
});

test("a message says its media type, where the service wants another one", async () => {
  create({ contentType: "application/cloudevents+json" });
  await deliver();
  expect(peer.requests[0]?.headers["content-type"]).toBe("application/cloudevents+json");
});

test("a renewed token counts with the next delivery, over the same connection", async () => {
  create({ bearerTokenRef: { name: "eligibility", key: "token" } });
  await deliver();
  token = "renewed\n";
  await deliver();
  expect(peer.requests.map((request) => request.headers.authorization)).toEqual(["Bearer t0ken", "Bearer renewed"]);
  expect(peer.accepted).toBe(1);
});

test("a missing or unusable token is Transient for the whole target, and nothing is sent", async () => {
  create({ bearerTokenRef: { name: "eligibility", key: "token" } });
  token = undefined;
  expect(await deliver()).toEqual({
    kind: "Transient",
    down: true,
    reason: "not sent: Secret eligibility has no key token",
  });
  token = "two words";
  expect(await deliver()).toMatchObject({ kind: "Transient", down: true, reason: expect.stringContaining("RFC 6750") });
  expect(peer.accepted).toBe(0);
});

describe("what follows a 2xx", () => {
  test("JSON is the reply", async () => {
    create();
    peer.answer = () => ({ status: 201, body: '{"eligible":true}' });
    expect(await deliver()).toEqual({ kind: "Delivered", detail: "HTTP 201 (Created)", reply: { eligible: true } });
  });

  test.each([
    ["nothing", { status: 204 }, "no answer body"],
    ["what is not JSON", { status: 200, body: "<html>CANARY" }, "its answer is not JSON"],
    ["half an answer", { status: 200, cutOff: '{"a":' }, "its answer was cut off"],
    [
      "more than 1 MiB",
      { status: 200, body: `"${"x".repeat(MAX_REPLY_BYTES)}"` },
      "its answer is longer than 1048576 bytes",
    ],
  ])("%s is Delivered without a reply, and the detail says so", async (_name, answer, why) => {
    create();
    peer.answer = () => answer;
    const outcome = await deliver();
    expect(outcome).toMatchObject({ kind: "Delivered", detail: expect.stringContaining(why) });
    expect(outcome).not.toHaveProperty("reply");
    expect(JSON.stringify(outcome)).not.toContain("CANARY");
  });
});

test("Retry-After of a busy service is handed on", async () => {
  create();
  peer.answer = () => ({ status: 429, headers: { "retry-after": "7" } });
  expect(await deliver()).toEqual({
    kind: "Transient",
    down: false,
    reason: "HTTP 429 (Too Many Requests)",
    retryAfterMs: 7000,
  });
});

test("a redirect is not followed", async () => {
  create();
  peer.answer = () => ({ status: 307, headers: { location: "/elsewhere" } });
  expect(await deliver()).toMatchObject({
    kind: "Permanent",
    reason: expect.stringContaining("redirects are not followed"),
  });
  expect(peer.requests).toHaveLength(1);
});

test("what is no JSON value is Permanent and not sent", async () => {
  create();
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  for (const payload of [undefined, cycle, 1n])
    expect(await deliver({ ...message, payload })).toMatchObject({ kind: "Permanent" });
  expect(peer.requests).toHaveLength(0);
});

test("a peer that restarted between two deliveries is connected to anew, not Ambiguous", async () => {
  create();
  await deliver();
  await peer.cutConnections();
  expect((await deliver()).kind).toBe("Delivered");
  expect(peer.accepted).toBe(2);
});

test("a connection lost between acquiring and sending is made again before anything is sent", async () => {
  create();
  const channel = await acquire();
  await eventually(() => peer.accepted === 1);
  await peer.cutConnections();
  const outcome = await channel.send(message, never);
  channel.release();
  expect(outcome.kind).toBe("Delivered");
  expect(peer.requests).toHaveLength(1);
});

test("a connection that the peer ended with a word of its own before it was used is not used", async () => {
  create();
  const bare = createServer((socket) => socket.end("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n"));
  await listenOn(bare);
  create({ url: `http://127.0.0.1:${portOf(bare)}/` });
  const channel = await acquire();
  await turns(5);
  await new Promise((resolve) => bare.close(resolve));
  expect(await channel.send(message, never)).toMatchObject({ kind: "Transient", down: true });
  channel.release();
});

test("a connection lost between acquiring and sending that can't be made again has sent nothing", async () => {
  create();
  const channel = await acquire();
  await peer.close();
  await turns(5);
  expect(await channel.send(message, never)).toEqual({
    kind: "Transient",
    down: true,
    reason: "not sent: connection refused",
  });
  channel.release();
});

test("connecting that takes too long is Transient, and nothing was sent", async () => {
  const silent = createServer();
  await listenOn(silent);
  create({ url: `https://127.0.0.1:${portOf(silent)}`, timeoutSeconds: 3 });
  const acquired = target.acquire(never);
  await eventually(() => clock.sleepers === 1);
  clock.advance(3000);
  expect(await acquired).toEqual({ kind: "Transient", down: true, reason: "not sent: no connection in time" });
  silent.close();
});

test("closing gives up connecting, and says nothing against the target", async () => {
  const silent = createServer();
  await listenOn(silent);
  create({ url: `https://127.0.0.1:${portOf(silent)}` });
  const acquired = target.acquire(never);
  await eventually(() => clock.sleepers === 1);
  await target.close();
  expect(await acquired).toEqual({ kind: "Transient", down: false, reason: "not sent: given up" });
  silent.close();
});

async function listenOn(server: Server): Promise<void> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** Lets what the loopback has delivered be read. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test("an address with credentials, or TLS settings without TLS, is refused", () => {
  create();
  expect(() => create({ url: "http://user:secret@127.0.0.1/" })).toThrow(/bearerTokenRef/);
  expect(() => create({ url: "http://127.0.0.1/", tls: {} })).toThrow(/https/);
});
