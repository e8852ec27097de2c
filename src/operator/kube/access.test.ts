import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Authority } from "../../../test/builders/certificates.ts";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { Access } from "./access.ts";
import { askJson } from "./transport.ts";

interface Seen {
  user: string;
  authorization?: string;
  connection: number;
}

const authority = new Authority();
let directory: string;
let server: Server;
let port: number;
const clock = new ManualClock();
const open: Access[] = [];

/** Answers who asks, and over which connection. */
beforeAll(async () => {
  let connections = 0;
  const numbers = new WeakMap<object, number>();
  const tls = { ...authority.issue("server"), requestCert: true, rejectUnauthorized: false };
  server = createServer(tls, (request, response) => {
    const socket = request.socket as TLSSocket;
    const user = socket.getPeerCertificate().subject?.CN ?? "nobody";
    const connection = numbers.get(socket) ?? ++connections;
    numbers.set(socket, connection);
    response.end(JSON.stringify({ user, authorization: request.headers.authorization, connection }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  authority.remove();
});

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "fascia-access-"));
  await writeFile(join(directory, "ca.crt"), authority.ca);
});

afterEach(async () => {
  for (const access of open.splice(0)) await access.close();
  await rm(directory, { recursive: true });
});

const file = (name: string) => join(directory, name);

async function writeIdentity(user: string): Promise<void> {
  const { cert, key } = authority.issue(user);
  await writeFile(file("tls.crt"), cert);
  await writeFile(file("tls.key"), key);
}

function accessOf(cluster: object, user: object): Access {
  const config = new KubeConfig();
  const whole = { name: "test", server: `https://127.0.0.1:${port}`, skipTLSVerify: false, caFile: file("ca.crt") };
  config.loadFromClusterAndUser({ ...whole, ...cluster }, { name: "test", ...user });
  const access = new Access(config, clock);
  open.push(access);
  return access;
}

async function ask(access: Access): Promise<Seen> {
  const answer = await askJson<Seen>(access, { method: "GET", path: "/", silenceMs: 5000 });
  // The connection is free again a moment after its answer.
  await new Promise((resolve) => setImmediate(resolve));
  return answer;
}

describe("the way to the API server", () => {
  it("shows the certificate of the kubeconfig, and the new one after it was renewed", async () => {
    await writeIdentity("operator-1");
    const access = accessOf({}, { certFile: file("tls.crt"), keyFile: file("tls.key") });
    const [first, second] = [await ask(access), await ask(access)];
    expect(first.user).toBe("operator-1");
    expect(second.connection).toBe(first.connection);
    await writeIdentity("operator-2");
    expect((await ask(access)).user).toBe("operator-1");
    clock.advance(30_000);
    expect((await ask(access)).user).toBe("operator-2");
  });

  it("keeps its connections when credentials are read again and are the same", async () => {
    const access = accessOf({}, { token: "abc" });
    const first = await ask(access);
    clock.advance(30_000);
    expect(await ask(access)).toEqual({ ...first, authorization: "Bearer abc" });
  });

  it("sends the token of a file, as pods have it, or name and password", async () => {
    await writeFile(file("token"), "from-a-file");
    const tokenFile = accessOf({}, { authProvider: { name: "tokenFile", config: { tokenFile: file("token") } } });
    expect((await ask(tokenFile)).authorization).toBe("Bearer from-a-file");
    const basic = accessOf({}, { username: "me", password: "secret" });
    expect((await ask(basic)).authorization).toBe(`Basic ${Buffer.from("me:secret").toString("base64")}`);
  });

  it("trusts the CA that is named and no other", async () => {
    const other = new Authority("Another");
    await writeFile(file("ca.crt"), other.ca);
    await expect(ask(accessOf({}, { token: "abc" }))).rejects.toMatchObject({ code: "KubeUnavailable" });
    other.remove();
  });

  it("leads through the proxy that is named", async () => {
    const tunnels: string[] = [];
    const proxy = createHttpServer().listen(0, "127.0.0.1");
    proxy.on("connect", (request, client) => {
      tunnels.push(request.url ?? "");
      const upstream = connect(port, "127.0.0.1", () => client.write("HTTP/1.1 200 OK\r\n\r\n"));
      upstream.pipe(client).pipe(upstream);
      client.on("error", () => upstream.destroy());
    });
    await once(proxy, "listening");
    const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const access = accessOf({ proxyUrl }, { token: "abc" });
    expect((await ask(access)).authorization).toBe("Bearer abc");
    expect(tunnels).toEqual([`127.0.0.1:${port}`]);
    await access.close();
    await new Promise((resolve) => proxy.close(resolve));
  });

  it.each([
    ["a kubeconfig without a current context", () => new Access(new KubeConfig(), clock)],
    ["a server that is no address", () => accessOf({ server: "nowhere" }, {})],
  ])("is refused with %s", (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: "KubeConfigInvalid" }) as Error);
  });

  it("is refused with a proxy that cannot be used", async () => {
    const access = accessOf({ proxyUrl: "socks5://127.0.0.1:1" }, { token: "abc" });
    await expect(access.credentials()).rejects.toMatchObject({ code: "KubeConfigInvalid" });
  });

  it("is an error of the request where credentials cannot be read", async () => {
    const access = accessOf({}, { certFile: file("gone.crt"), keyFile: file("gone.key") });
    await expect(ask(access)).rejects.toMatchObject({ code: "KubeUnavailable" });
  });
});
