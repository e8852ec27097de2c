import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { type AddressInfo, type Socket, connect } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Authority, MemorySecrets } from "../../../test/builders/certificates.ts";
import { HttpPeer } from "../../../test/conformance/peers/http.ts";
import { systemClock } from "../../base/clock.ts";
import { silentLog } from "../../telemetry/log.ts";
import { type Outcome, isChannel } from "../adapter.ts";
import { proxyFromEnvironment } from "../client/proxy.ts";
import { createHttpTarget } from "./target.ts";

describe("A target behind a proxy", () => {
  let authority: Authority;
  let proxy: Server;
  let asked: { authority: string; headers: IncomingHttpHeaders }[];
  let refuse: number | undefined;
  let peer: HttpPeer;
  const sockets = new Set<Socket>();

  beforeAll(() => {
    authority = new Authority();
  });
  afterAll(() => authority.remove());

  beforeEach(async () => {
    [asked, refuse] = [[], undefined];
    proxy = createServer().on("connect", (request, client: Socket) => {
      asked.push({ authority: request.url ?? "", headers: request.headers });
      sockets.add(client.on("error", () => {}));
      if (refuse !== undefined) return client.end(`HTTP/1.1 ${refuse} No\r\ncontent-length: 0\r\n\r\n`);
      const { hostname, port } = new URL(`http://${request.url}`);
      const onward = connect(Number(port), hostname, () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        onward.pipe(client).pipe(onward);
      });
      sockets.add(onward.on("error", () => client.destroy()));
    });
    await once(proxy.listen(0, "127.0.0.1"), "listening");
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
    await peer.close();
  });

  async function deliver(env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    const address = `http://user:p%40ss@127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const proxyFor = proxyFromEnvironment({
      NODE_USE_ENV_PROXY: "1",
      HTTPS_PROXY: address,
      HTTP_PROXY: address,
      ...env,
    });
    const tls = peer.url.startsWith("https") ? { tls: { secretName: "peer" } } : {};
    const spec = { url: peer.url, ...tls, method: "POST" as const, idempotent: false };
    const secrets = new MemorySecrets().setTls("peer", { ca: authority.ca });
    const deps = { secrets, proxyFor, clock: systemClock, log: silentLog };
    const target = createHttpTarget({ ...spec, connections: 1, timeoutSeconds: 5 }, deps);
    const channel = await target.acquire(new AbortController().signal);
    if (!isChannel(channel)) return channel;
    const outcome = await channel.send(
      { payload: { a: 1 }, messageId: "m", idempotencyKey: "k" },
      new AbortController().signal,
    );
    channel.release();
    await target.close();
    return outcome;
  }

  it.each(["https", "http"])("gets what is sent by %s through a tunnel", async (scheme) => {
    peer = await new HttpPeer(scheme === "https" ? authority.issue("peer") : undefined).listen();
    expect((await deliver()).kind).toBe("Delivered");
    expect(peer.requests.map(({ body }) => body)).toEqual(['{"a":1}']);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.authority).toBe(`127.0.0.1:${peer.port}`);
    expect(asked[0]?.headers["proxy-authorization"]).toBe(`Basic ${Buffer.from("user:p@ss").toString("base64")}`);
    expect(JSON.stringify(peer.requests[0]?.headers)).not.toContain("proxy");
  });

  it("has its certificate verified as without one", async () => {
    const stranger = new Authority("Another Authority");
    peer = await new HttpPeer(stranger.issue("peer")).listen();
    stranger.remove();
    expect(await deliver()).toMatchObject({ kind: "Transient", down: true });
    expect(asked).toHaveLength(1);
    expect(peer.requests).toEqual([]);
  });

  it("that does not let us through is down, and the reason says who said no", async () => {
    peer = await new HttpPeer().listen();
    refuse = 407;
    expect(await deliver()).toMatchObject({
      kind: "Transient",
      down: true,
      reason: expect.stringMatching(/^not sent: the proxy 127\.0\.0\.1:\d+ does not lead there: it answered 407$/),
    });
  });

  it("is reached directly where NO_PROXY says so", async () => {
    peer = await new HttpPeer().listen();
    expect((await deliver({ NO_PROXY: "127.0.0.0/8" })).kind).toBe("Delivered");
    expect(asked).toEqual([]);
  });
});
