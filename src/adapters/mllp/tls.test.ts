import { once } from "node:events";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Authority, type Certificate, MemorySecrets } from "../../../test/builders/certificates.ts";
import { admission } from "../../../test/builders/admission.ts";
import { Receiver, Sender, framed } from "../../../test/builders/mllp.ts";
import { type RunningSource, startSource as start } from "../../../test/builders/mllpsource.ts";
import { eventually } from "../../../test/builders/eventually.ts";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { mllpTransport } from "../../api/adapter-mllp.ts";
import { systemClock } from "../../base/clock.ts";
import { silentLog } from "../../telemetry/log.ts";
import { type Outcome, type SourceDeps, isChannel } from "../adapter.ts";
import { createMllpTarget } from "./target.ts";

let authority: Authority;
let stranger: Authority;
let server: Certificate;
let client: Certificate;
let strangersClient: Certificate;
const cleanups: (() => Promise<void>)[] = [];

beforeAll(() => {
  authority = new Authority();
  stranger = new Authority("Another Authority");
  server = authority.issue("hub.hospital.example");
  client = authority.issue("ehr.hospital.example");
  strangersClient = stranger.issue("ehr.hospital.example");
});

afterAll(() => {
  authority.remove();
  stranger.remove();
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const secretsOf = (certificate: Partial<Certificate>): MemorySecrets =>
  new MemorySecrets().setTls("hub-tls", certificate);

async function startSource(
  tls: Record<string, unknown>,
  deps: Partial<SourceDeps>,
  spec: Record<string, unknown> = {},
): Promise<RunningSource> {
  const source = await start({ tls: { secretName: "hub-tls", ...tls }, ...spec }, undefined, deps);
  cleanups.push(() => source.source.stop());
  return source;
}

async function connectSender(port: number, options: ConnectionOptions = {}): Promise<Sender> {
  const socket = connectTls({ port, host: "127.0.0.1", servername: "localhost", ca: authority.ca, ...options });
  const sender = new Sender(socket);
  await once(socket, "secureConnect");
  return sender;
}

describe("an MLLP source with TLS", () => {
  test("takes messages over TLS, and says so in its address", async () => {
    const source = await startSource({}, { secrets: secretsOf(server) });
    expect(source.address).toMatch(/^mllps:\/\/127\.0\.0\.1:\d+$/);
    const sender = await connectSender(source.port);
    sender.write(framed(admission("1")));
    expect(await sender.acks(1)).toEqual(["AA 1"]);
    expect(source.received[0]).not.toHaveProperty("principal");
  });

  test("answers a sender that closes its side after writing", async () => {
    const source = await startSource({}, { secrets: secretsOf(server) });
    const sender = await connectSender(source.port, { allowHalfOpen: true } as ConnectionOptions);
    sender.socket.end(framed(admission("1")));
    expect(await sender.allAcks()).toEqual(["AA 1"]);
  });

  test("takes no message without TLS", async () => {
    const source = await startSource({}, { secrets: secretsOf(server) });
    const sender = await Sender.connect(source.port);
    sender.write(framed(admission("1")));
    expect(await sender.allAcks()).toEqual([]);
    expect(source.received).toEqual([]);
  });

  test("with clientAuth Require the certificate's common name is the principal", async () => {
    const source = await startSource({ clientAuth: "Require" }, { secrets: secretsOf(server) });
    const sender = await connectSender(source.port, { cert: client.cert, key: client.key });
    sender.write(framed(admission("1")));
    expect(await sender.acks(1)).toEqual(["AA 1"]);
    expect(source.received[0]?.principal).toBe("ehr.hospital.example");
  });

  test("with clientAuth Require nothing is taken from a client without a certificate of the authority", async () => {
    const source = await startSource({ clientAuth: "Require" }, { secrets: secretsOf(server) });
    const { cert, key } = strangersClient;
    for (const options of [{}, { cert, key }]) {
      const sender = await connectSender(source.port, options);
      sender.write(framed(admission("1")));
      expect(await sender.allAcks()).toEqual([]);
    }
    expect(source.received).toEqual([]);
    expect(source.logged.filter((line) => line.includes("mllp client refused"))).toHaveLength(2);
  });

  test("serves a renewed certificate after a minute at most, and keeps the connections that are open", async () => {
    const clock = new ManualClock();
    const secrets = secretsOf(server);
    const source = await startSource({}, { secrets, clock });
    const sender = await connectSender(source.port);
    secrets.setTls("hub-tls", stranger.issue("renewed"));
    clock.advance(60_000);
    await eventually(() => source.logged.join().includes("mllp certificate renewed"));
    await expect(connectSender(source.port)).rejects.toThrow(/verify|self.signed/);
    await connectSender(source.port, { ca: stranger.ca });
    sender.write(framed(admission("1")));
    expect(await sender.acks(1)).toEqual(["AA 1"]);
  });

  test("keeps the certificate that it has when the renewed one is broken, and says so", async () => {
    const clock = new ManualClock();
    const secrets = secretsOf(server);
    const source = await startSource({}, { secrets, clock });
    secrets.setTls("hub-tls", { ...server, key: client.key });
    clock.advance(60_000);
    await eventually(() => source.logged.join().includes("mllp certificate not renewed"));
    const sender = await connectSender(source.port);
    sender.write(framed(admission("1")));
    expect(await sender.acks(1)).toEqual(["AA 1"]);
  });

  test("does not start without what its Secret must hold, and says what that is", async () => {
    const { cert, key } = server;
    const starting = (tls: Record<string, unknown>, certificate: Partial<Certificate>) =>
      start({ tls: { secretName: "hub-tls", ...tls } }, undefined, { secrets: secretsOf(certificate) });
    await expect(starting({}, {})).rejects.toMatchObject({ code: "SecretMissing" });
    await expect(starting({ clientAuth: "Require" }, { cert, key })).rejects.toThrow(/no ca\.crt/);
    await expect(starting({}, { cert, key: client.key })).rejects.toMatchObject({ code: "TlsInvalid" });
    await expect(starting({}, { cert: Buffer.from("no PEM"), key })).rejects.toMatchObject({
      code: "TlsInvalid",
      message: expect.stringContaining("Secret hub-tls"),
    });
  });

  test("closes handshakes that break off or are no TLS, and takes messages after them", async () => {
    const source = await startSource({}, { secrets: secretsOf(server) }, { maxConnections: 1 });
    const hello = await clientHello();
    const junk = ["GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\xff\xff", "\x15\x03\x03\x00\x02\x02\x28"];
    const starts: Uint8Array[] = junk.map((text) => Buffer.from(text, "latin1"));
    for (let cut = 1; cut < hello.length; cut += 16) starts.push(hello.subarray(0, cut));
    for (const bytes of starts) {
      const socket = connect(source.port, "127.0.0.1", () => socket.end(bytes)).on("error", () => {});
      socket.resume();
      await once(socket, "close");
    }
    const sender = await connectSender(source.port);
    sender.write(framed(admission("1")));
    expect(await sender.acks(1)).toEqual(["AA 1"]);
  });

  test("stopping cuts a handshake that is not done", async () => {
    const source = await startSource({}, { secrets: secretsOf(server) });
    const silent = connect(source.port, "127.0.0.1");
    await once(silent, "connect");
    const closed = once(silent, "close");
    await connectSender(source.port);
    await source.source.stop();
    await expect(closed).resolves.toBeDefined();
  });

  test("takes no message from a connection that is cut within TLS", async () => {
    const source = await startSource({}, { secrets: secretsOf(server) });
    for (let i = 0; i < 10; i++) {
      const raw = connect(source.port, "127.0.0.1");
      await once(raw, "connect");
      const sender = await connectSender(source.port, { socket: raw });
      sender.write(framed(admission("1")).subarray(0, 50));
      raw.destroy();
    }
    const sender = await connectSender(source.port);
    sender.write(framed(admission("2")));
    expect(await sender.acks(1)).toEqual(["AA 2"]);
    expect(source.ids()).toEqual(["2"]);
  });

  test("closes a connection whose handshake is not done within the read time-out", async () => {
    const source = await startSource({}, { secrets: secretsOf(server) }, { readTimeoutSeconds: 1 });
    const silent = connect(source.port, "127.0.0.1");
    silent.resume();
    await expect(once(silent, "close")).resolves.toBeDefined();
  });
});

/** The first bytes that a TLS client says. */
async function clientHello(): Promise<Buffer> {
  const listener = createServer();
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const socket = connectTls({ port, host: "127.0.0.1" }).on("error", () => {});
  const [accepted] = (await once(listener, "connection")) as [Socket];
  const [hello] = (await once(accepted, "data")) as [Buffer];
  accepted.destroy();
  socket.destroy();
  listener.close();
  return hello;
}

describe("an MLLP target with TLS", () => {
  async function receiver(tls: Record<string, unknown> = {}): Promise<Receiver> {
    const peer = await new Receiver({ cert: server.cert, key: server.key, ...tls }).listen();
    cleanups.push(() => peer.close());
    return peer;
  }

  async function deliver(port: number, tls: Record<string, unknown>, secrets = new MemorySecrets()): Promise<Outcome> {
    const spec = mllpTransport.parse({ target: { host: "127.0.0.1", port, tls, keepOpen: false } }).target;
    if (spec === undefined) throw new Error("no target");
    const to = createMllpTarget(spec, { secrets, clock: systemClock, log: silentLog });
    cleanups.push(() => to.close());
    const way = await to.acquire(new AbortController().signal);
    if (!isChannel(way)) return way;
    const message = { payload: admission("1"), messageId: "m", idempotencyKey: "k" };
    const outcome = await way.send(message, new AbortController().signal);
    way.release();
    return outcome;
  }

  const trusting = (more: Partial<Certificate> = {}): MemorySecrets =>
    new MemorySecrets().setTls("peer-tls", { ca: authority.ca, ...more });

  test("sends to a receiver whose certificate its authority signed", async () => {
    const peer = await receiver();
    expect(await deliver(peer.port, { secretName: "peer-tls" }, trusting())).toMatchObject({ kind: "Delivered" });
  });

  test("sends nothing to a receiver whose certificate it does not trust, which is down", async () => {
    const peer = await receiver();
    const outcome = await deliver(peer.port, {});
    expect(outcome).toMatchObject({
      kind: "Transient",
      down: true,
      reason: expect.stringContaining("trusted authority"),
    });
    expect(peer.messages).toEqual([]);
  });

  test("verifies the name that serverName says, or else the host", async () => {
    const named = authority.issue("billing", ["DNS:billing.hospital.example"]);
    const peer = await receiver({ cert: named.cert, key: named.key });
    const byHost = await deliver(peer.port, { secretName: "peer-tls" }, trusting());
    expect(byHost).toMatchObject({ kind: "Transient", reason: expect.stringContaining("tls.serverName") });
    const tls = { secretName: "peer-tls", serverName: "billing.hospital.example" };
    expect(await deliver(peer.port, tls, trusting())).toMatchObject({ kind: "Delivered" });
  });

  test.each(["TLSv1.3", "TLSv1.2"])("shows its certificate to a receiver that asks for one (%s)", async (version) => {
    const peer = await receiver({ ca: authority.ca, requestCert: true, minVersion: version, maxVersion: version });
    const tls = { secretName: "peer-tls" };
    expect(await deliver(peer.port, tls, trusting(client))).toMatchObject({ kind: "Delivered" });
  });

  test("a receiver that refuses its certificate is down, and nothing is left unknown", async () => {
    const peer = await receiver({ ca: authority.ca, requestCert: true });
    const { cert, key } = strangersClient;
    const outcome = await deliver(peer.port, { secretName: "peer-tls" }, trusting({ cert, key }));
    expect(outcome).toMatchObject({ kind: "Transient", down: true, reason: expect.stringContaining("tls.crt") });
    expect(peer.messages).toEqual([]);
  });

  test("a receiver without TLS is down", async () => {
    const peer = await new Receiver().listen();
    cleanups.push(() => peer.close());
    peer.react = () => "Close";
    const delivery = deliver(peer.port, { secretName: "peer-tls" }, trusting());
    await eventually(() => peer.sockets.size === 1);
    peer.cutConnections();
    expect(await delivery).toMatchObject({ kind: "Transient", down: true });
  });

  test("a Secret that is missing or says nothing is Transient: it may come yet", async () => {
    const peer = await receiver();
    const missing = await deliver(peer.port, { secretName: "peer-tls" });
    expect(missing).toMatchObject({ kind: "Transient", reason: expect.stringContaining("Secret peer-tls") });
    const half = await deliver(peer.port, { secretName: "peer-tls" }, trusting({ cert: client.cert }));
    expect(half).toMatchObject({ kind: "Transient", reason: expect.stringContaining("only one of") });
  });
});
