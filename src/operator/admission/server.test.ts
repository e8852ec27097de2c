import { once } from "node:events";
import { request as httpsRequest } from "node:https";
import { connect as connectTcp, type Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { Agent, fetch } from "undici";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Authority } from "../../../test/builders/certificates.ts";
import { eventually } from "../../../test/builders/eventually.ts";
import { FasciaError } from "../../base/errors.ts";
import { createOperatorMetrics } from "../../telemetry/operatormetrics.ts";
import { silentLog } from "../../telemetry/log.ts";
import { MAX_BYTES } from "./body.ts";
import { AdmissionServer, type AdmissionServerOptions } from "./server.ts";

let authority: Authority;
let certificate: { cert: string; key: string };
let agent: Agent;
let server: AdmissionServer;
let port: number;
const metrics = createOperatorMetrics({ process: false });

beforeAll(() => {
  authority = new Authority();
  const { cert, key } = authority.issue("webhook");
  certificate = { cert: cert.toString(), key: key.toString() };
  agent = new Agent({ connect: { ca: authority.ca } });
});

afterAll(async () => {
  await agent.close();
  authority.remove();
});

async function start(options: Partial<AdmissionServerOptions> = {}): Promise<void> {
  const judge = async (body: Buffer) => `{"bytes":${body.length}}`;
  const given = { host: "127.0.0.1", port: 0, judge, ready: () => true, metrics, log: silentLog, ...options };
  server = new AdmissionServer(given);
  server.setSecureContext(certificate);
  await server.start();
  port = server.port;
}

beforeEach(() => start());
afterEach(() => server.stop());

const url = (path: string) => `https://127.0.0.1:${port}${path}`;
const post = (body: string | Buffer, contentType = "application/json") =>
  fetch(url("/validate?timeout=5s"), {
    method: "POST",
    dispatcher: agent,
    body,
    headers: { "content-type": contentType },
  });
const get = async (path: string) => (await fetch(url(path), { dispatcher: agent })).status;

async function tls(): Promise<TLSSocket> {
  const socket = connect({ port, host: "127.0.0.1", ca: authority.ca });
  await once(socket, "secureConnect");
  return socket;
}

async function closed(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (data: Buffer) => (text += data.toString()));
  socket.on("error", () => {});
  if (!socket.closed) await once(socket, "close");
  return text;
}

describe("The admission server", () => {
  test("answers what is posted", async () => {
    const response = await post('{"a":1}');
    expect([response.status, await response.text()]).toEqual([200, '{"bytes":7}']);
    expect(response.headers.get("content-type")).toBe("application/json");
  });

  test("takes a body as large as two objects that etcd takes, and no larger one", async () => {
    expect((await post(Buffer.alloc(MAX_BYTES))).status).toBe(200);
    expect((await post(Buffer.alloc(MAX_BYTES + 1))).status).toBe(413);
  });

  test("refuses a body that grows too large without having said so", async () => {
    const request = httpsRequest(url("/validate"), {
      method: "POST",
      ca: authority.ca,
      headers: { "content-type": "application/json" },
    });
    request.on("error", () => {});
    const answered = once(request, "response");
    for (let sent = 0; sent <= MAX_BYTES; sent += 65_536) request.write(Buffer.alloc(65_536));
    const [response] = (await answered) as [{ statusCode: number }];
    expect(response.statusCode).toBe(413);
    request.destroy();
  });

  test.each([
    ["ReviewInvalid", 400],
    ["WorldUnknown", 503],
    ["AdmissionBusy", 503],
  ])("says over HTTP that there is no answer: %s is %d", async (code, status) => {
    await server.stop();
    await start({ judge: () => Promise.reject(new FasciaError(code, "because")) });
    const response = await post("{}");
    expect([response.status, await response.text()]).toEqual([status, "because\n"]);
  });

  test("tells nothing of a defect of its own", async () => {
    await server.stop();
    await start({ judge: () => Promise.reject(new Error("SECRET")) });
    const response = await post("{}");
    expect([response.status, await response.text()]).toEqual([500, "internal error\n"]);
  });

  test("takes reviews by POST, as JSON and at their path only", async () => {
    expect(await get("/validate")).toBe(405);
    expect((await post("{}", "text/plain")).status).toBe(415);
    expect(await get("/")).toBe(404);
  });

  test("is alive before it is ready", async () => {
    await server.stop();
    await start({ ready: () => false });
    expect([await get("/healthz"), await get("/readyz")]).toEqual([200, 503]);
    await server.stop();
    await start();
    expect(await get("/readyz")).toBe(200);
  });

  test("counts its answers by status and times them", async () => {
    const codes = (text: string) =>
      Number(/webhook_requests_total\{webhook="\/validate",code="415"\} (\d+)/.exec(text)?.[1] ?? 0);
    const before = codes(await metrics.text());
    await post("{}", "text/plain");
    await eventually(async () => expect(codes(await metrics.text())).toBe(before + 1));
    expect(await metrics.text()).toContain('controller_runtime_webhook_requests_in_flight{webhook="/validate"} 0');
    expect(await metrics.text()).toContain('controller_runtime_webhook_latency_seconds_count{webhook="/validate"}');
  });

  test("says what is wrong where its port is taken", async () => {
    const second = new AdmissionServer({
      host: "127.0.0.1",
      port,
      judge: async () => "",
      ready: () => true,
      metrics,
      log: silentLog,
    });
    await expect(second.start()).rejects.toMatchObject({ code: "ListenFailed" });
  });
});

describe("The admission server, from slow and many clients,", () => {
  beforeEach(async () => {
    await server.stop();
    await start({ limits: { connections: 8, requestMs: 300, tickMs: 50 } });
  });

  test("closes a connection that never says anything", async () => {
    const silent = connectTcp(port, "127.0.0.1");
    await closed(silent);
    expect((await post("{}")).status).toBe(200);
  });

  test("gives up on headers that never end, and on a body that never ends", async () => {
    const [headers, body] = [await tls(), await tls()];
    headers.write("POST /validate HTTP/1.1\r\nHost: x\r\n");
    body.write("POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{");
    const [first, second] = await Promise.all([closed(headers), closed(body)]);
    expect(first).toContain("408");
    expect(second).toMatch(/408|400/);
  });

  test("refuses what is no HTTP", async () => {
    const socket = await tls();
    socket.write("MSH|^~\\&|CANARY\r");
    expect(await closed(socket)).toMatch(/^HTTP\/1.1 400/);
  });

  test("lets a connection in though others hold all places idly", async () => {
    await server.stop();
    await start({ limits: { connections: 8, requestMs: 60_000, tickMs: 50 } });
    const idle = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const socket = connectTcp(port, "127.0.0.1");
        socket.on("error", () => {});
        await once(socket, "connect");
        return socket;
      }),
    );
    expect((await post("{}")).status).toBe(200);
    for (const socket of idle) socket.destroy();
  });

  test("answers what is under way when it stops, and stops then", async () => {
    let release: (answer: string) => void = () => {};
    await server.stop();
    await start({ judge: () => new Promise((resolve) => (release = resolve)) });
    const asked = post("{}");
    await eventually(() => expect(release).toHaveLength(1));
    const begun = performance.now();
    const stopping = server.stop();
    release("{}");
    expect((await asked).status).toBe(200);
    await stopping;
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});
