import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../../test/conformance/clock.ts";
import type { HttpSourceSpec } from "../../api/adapter-http.ts";
import { systemClock } from "../../base/clock.ts";
import { FasciaError } from "../../base/errors.ts";
import { createLog } from "../../telemetry/log.ts";
import type { Receipt, Received, Secrets, Source } from "../adapter.ts";
import { LIMITS, type Limits } from "./server.ts";
import { createHttpSource } from "./source.ts";

let source: Source;
let received: Received[];
let receive: (message: Received) => Promise<Receipt>;
let token: string | undefined;
let log: string;
let port: number;

const secrets: Secrets = {
  read: async (name, key) => {
    if (token !== undefined) return Buffer.from(token);
    throw new FasciaError("SecretMissing", `Secret ${name} has no key ${key}`);
  },
  readOptional: async () => undefined,
};

beforeEach(() => {
  received = [];
  token = "s3cret";
  log = "";
  receive = async () => ({ status: "Accepted", messageId: "k1.m" });
});
afterEach(() => source.stop());

async function start(spec: Partial<HttpSourceSpec> = {}, limits: Partial<Limits> = {}): Promise<string> {
  const destination = { write: (line: string) => void (log += line) };
  const deps = { secrets, clock: systemClock, log: createLog({ level: "debug", destination }), host: "127.0.0.1" };
  const all = { port: 0, path: "/hooks/lab", maxMessageBytes: 4096, ...spec };
  source = createHttpSource(all, deps, { ...LIMITS, ...limits });
  const address = await source.start((message) => {
    received.push(message);
    return receive(message);
  });
  port = Number(new URL(address).port);
  return address;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

function send(
  body: string | Buffer,
  options: { method?: string; path?: string; headers?: object } = {},
): Promise<Answer> {
  const { method = "POST", path = "/hooks/lab", headers = {} } = options;
  return new Promise((resolve, reject) => {
    const all = { "content-type": "application/json", ...headers };
    const request = httpRequest({ host: "127.0.0.1", port, method, path, headers: all }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** The status of an answer that is a problem document without anything of the request in it, otherwise what it is. */
function refusal({ status, headers, body }: Answer): number | string {
  if (headers["content-type"]?.startsWith("application/problem+json") !== true) return `${status} ${body}`;
  const problem = JSON.parse(body) as Record<string, unknown>;
  const complete = typeof problem["title"] === "string" && typeof problem["detail"] === "string";
  return complete && problem["status"] === status && !body.includes("CANARY") ? status : body;
}

describe("a message", () => {
  test("is handed on byte for byte with its key and trace context, and answered 202 with its id", async () => {
    expect(await start()).toBe(`http://127.0.0.1:${port}/hooks/lab`);
    const body = '{ "a" : 1.0 }\n';
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const answer = await send(body, { headers: { "idempotency-key": "key-1", traceparent } });
    expect(answer).toMatchObject({ status: 202, body: '{"messageId":"k1.m"}' });
    expect(answer.headers["content-type"]).toMatch(/^application\/json/);
    expect(received).toEqual([{ body: Buffer.from(body), dialect: "json", identity: ["", "key-1"], traceparent }]);
  });

  test("without a key has no identity of its own; a quoted key is the bare one", async () => {
    await start();
    await send("{}");
    await send("{}", { headers: { "idempotency-key": '"a\\"b"', traceparent: "what is this" } });
    expect(received.map((message) => message.identity)).toEqual([[], ["", 'a"b']]);
    expect(received[1]).not.toHaveProperty("traceparent");
  });

  test("that was sent before is answered as the first time", async () => {
    await start();
    receive = async () => ({ status: "Duplicate", messageId: "k1.m" });
    expect(await send("{}")).toMatchObject({ status: 202, body: '{"messageId":"k1.m"}' });
  });

  test("that is refused for good is answered 409, one that can't be stored now 503 with Retry-After", async () => {
    await start();
    receive = async () => ({ status: "Refused", reason: "the key was used for another message" });
    const refused = await send("{}");
    expect(refusal(refused)).toBe(409);
    expect(refused.body).toContain("the key was used for another message");
    receive = async () => ({ status: "Unavailable", reason: "the hub is full" });
    const unavailable = await send("{}");
    expect(refusal(unavailable)).toBe(503);
    expect(unavailable.headers).toMatchObject({ "retry-after": "5", connection: "close" });
  });

  test("that could not be received is answered 503, without the cause", async () => {
    await start();
    receive = async () => {
      throw new Error("CANARY");
    };
    expect(refusal(await send("{}"))).toBe(503);
    expect(log).not.toContain("CANARY");
  });
});

describe("a request that is refused before anything is handed on", () => {
  beforeEach(() => {
    receive = async () => {
      throw new Error("it was handed on");
    };
  });

  test.each([
    ["no JSON", '{"CANARY'],
    ["nothing", ""],
    ["two documents", "{}{}"],
    ["JSON in Latin-1", Buffer.from([0x22, 0xfc, 0x22])],
    ["a byte order mark", "\ufeff{}"],
  ])("400: the body is %s", async (_name, body) => {
    await start();
    expect(refusal(await send(body))).toBe(400);
    expect(log).not.toContain("CANARY");
  });

  test("400: an Idempotency-Key that is empty, too long or not ASCII", async () => {
    await start();
    for (const key of ['""', "x".repeat(256), "\u00fc"])
      expect(refusal(await send("{}", { headers: { "idempotency-key": key } }))).toBe(400);
  });

  test("404 and 405: another address, another method", async () => {
    await start();
    expect(refusal(await send("{}", { path: "/hooks/other" }))).toBe(404);
    expect(refusal(await send("{}", { path: "/hooks/%zz" }))).toBe(400);
    const answer = await send("", { method: "GET" });
    expect(refusal(answer)).toBe(405);
    expect(answer.headers.allow).toBe("POST");
  });

  test("413: a body longer than the limit, announced or not", async () => {
    await start();
    const body = JSON.stringify("x".repeat(4096));
    expect(refusal(await send(body))).toBe(413);
    expect(refusal(await send(body, { headers: { "transfer-encoding": "chunked" } }))).toBe(413);
    expect(log).toContain("longer than 4096 bytes");
  });

  test.each([
    [{ "content-type": "text/plain" }],
    [{ "content-type": "application/x-www-form-urlencoded" }],
    [{ "content-type": "application/json; charset=iso-8859-1" }],
    [{ "content-encoding": "gzip" }],
  ])("415: %o", async (headers) => {
    await start();
    expect(refusal(await send("{}", { headers }))).toBe(415);
  });

  test("431: headers without end", async () => {
    await start();
    expect(refusal(await send("{}", { headers: { "x-much": "x".repeat(20_000) } }))).toBe(431);
  });
});

test.each([
  "application/fhir+json",
  "application/json; charset=utf-8",
  'text/json;charset="UTF-8"',
  "Application/JSON",
])("JSON may be called %s", async (type) => {
  await start();
  expect((await send("{}", { headers: { "content-type": type } })).status).toBe(202);
});

describe("with a token", () => {
  const bearerTokenRef = { name: "lab", key: "token" };

  test("only who sends it gets in, and is known by the Secret's name; a renewed one counts at once", async () => {
    await start({ bearerTokenRef });
    expect((await send("{}", { headers: { authorization: "Bearer s3cret" } })).status).toBe(202);
    expect(received[0]?.principal).toBe("lab");
    token = "renewed\n";
    const old = await send("{}", { headers: { authorization: "Bearer s3cret" } });
    expect(refusal(old)).toBe(401);
    expect(old.headers["www-authenticate"]).toBe('Bearer realm="fascia", error="invalid_token"');
    expect((await send("{}", { headers: { authorization: "bearer renewed" } })).status).toBe(202);
  });

  test("nobody gets in without one, whatever is asked for; nobody at all while there is none to compare with", async () => {
    await start({ bearerTokenRef });
    for (const authorization of [undefined, "Basic czNjcmV0", "Bearer", "Bearer s3cret extra"]) {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await send("{}", { path: "/elsewhere", headers });
      expect(refusal(answer)).toBe(401);
      expect(answer.headers["www-authenticate"]).toBe('Bearer realm="fascia"');
    }
    token = undefined;
    expect(refusal(await send("{}", { headers: { authorization: "Bearer " } }))).toBe(401);
    expect(refusal(await send("{}", { headers: { authorization: "Bearer undefined" } }))).toBe(503);
    expect(received).toEqual([]);
  });

  test("a body is not asked for from who is not let in", async () => {
    await start({ bearerTokenRef });
    const client = await open();
    client.write(`${head(2000)}Expect: 100-continue\r\n\r\n`);
    await until(() => client.text.includes("\r\n\r\n"));
    expect(client.text).toMatch(/^HTTP\/1\.1 401 /);
    client.socket.destroy();
  });
});

test("who asks before sending the body is told to go on", async () => {
  await start();
  const client = await open();
  client.write(`${head(2)}Expect: 100-continue\r\n\r\n`);
  await until(() => client.text.includes("100 Continue"));
  client.write("{}");
  await until(() => client.text.includes("202 Accepted"));
  expect(received).toHaveLength(1);
  client.socket.destroy();
});

interface Client {
  socket: Socket;
  text: string;
  closed: boolean;
  write(text: string): void;
}

/** A connection whose every byte is ours. */
async function open(): Promise<Client> {
  const socket = connect({ host: "127.0.0.1", port });
  const client: Client = { socket, text: "", closed: false, write: (text) => void socket.write(text) };
  socket.setEncoding("utf8").on("data", (chunk: string) => (client.text += chunk));
  socket.on("error", () => {});
  socket.on("close", () => (client.closed = true));
  await new Promise((resolve) => socket.once("connect", resolve));
  return client;
}

const head = (length: number): string =>
  `POST /hooks/lab HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n`;
const whole = (body: string): string => `${head(body.length)}\r\n${body}`;

describe("requests behind one another on one connection", () => {
  test("are handed on one at a time and in order", async () => {
    await start();
    const order: string[] = [];
    receive = async ({ body }) => {
      order.push(`begin ${Buffer.from(body).toString()}`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`end ${Buffer.from(body).toString()}`);
      return { status: "Accepted", messageId: "k1.m" };
    };
    const client = await open();
    client.write(whole("1") + whole("2") + whole("3"));
    await until(() => client.text.split("202 Accepted").length === 4);
    expect(order).toEqual(["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3"]);
    client.socket.destroy();
  });

  test("are not looked at behind one that could not be stored: the connection closes", async () => {
    await start();
    receive = async ({ body }) =>
      Buffer.from(body).toString() === "2"
        ? { status: "Unavailable", reason: "the hub is full" }
        : { status: "Accepted", messageId: "k1.m" };
    const client = await open();
    client.write(whole("1") + whole("2") + whole("3"));
    await until(() => client.closed);
    expect(client.text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 202", "HTTP/1.1 503"]);
    expect(received.map(({ body }) => Buffer.from(body).toString())).toEqual(["1", "2"]);
  });

  test("what is not HTTP is never answered in place of the request before it", async () => {
    await start();
    let answer = (_receipt: Receipt): void => {};
    receive = () => new Promise((resolve) => (answer = resolve));
    const client = await open();
    client.write(`${whole("1")}garbage\r\n\r\n`);
    await until(() => received.length === 1 && client.closed);
    expect(client.text).toBe("");
    answer({ status: "Accepted", messageId: "k1.m" });
  });
});

describe("callers that take their time, or too much", () => {
  const quick = { headersMs: 100, requestMs: 200, keepAliveMs: 100, tickMs: 20 };

  test("nothing, half a header and half a body are cut off", async () => {
    await start({}, quick);
    const clients = [await open(), await open(), await open()];
    clients[1]?.write("POST /hooks/lab HTTP/1.1\r\nHost:");
    clients[2]?.write(`${head(100)}\r\n{`);
    await until(() => clients.every((client) => client.closed));
    expect(clients[1]?.text).toMatch(/^HTTP\/1\.1 408 /);
    expect(received).toEqual([]);
  });

  test("a connection that has nothing more to say is closed", async () => {
    await start({}, quick);
    const client = await open();
    client.write(whole("1"));
    await until(() => client.closed);
    expect(client.text).toMatch(/^HTTP\/1\.1 202 /);
  });

  test("connections beyond the limit are closed at once, the others go on", async () => {
    await start({}, { connections: 2 });
    const clients = [await open(), await open(), await open()];
    await until(() => clients[2]?.closed === true);
    clients[0]?.write(whole("1"));
    await until(() => clients[0]?.text.includes("202") === true);
    expect(clients.map((client) => client.closed)).toEqual([false, false, true]);
    for (const client of clients) client.socket.destroy();
  });

  test("a body without end is read no further than the limit, and what is dropped ends in time", async () => {
    await start({}, quick);
    const client = await open();
    client.write(
      "POST /hooks/lab HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    const chunk = `${(1024).toString(16)}\r\n${"x".repeat(1024)}\r\n`;
    const pump = setInterval(() => client.write(chunk), 1);
    await until(() => client.closed);
    clearInterval(pump);
    expect(client.text).toMatch(/^HTTP\/1\.1 413 /);
  });
});

describe("stop", () => {
  test("answers what is under way, takes nothing new and closes idle connections", async () => {
    await start();
    let answer = (_receipt: Receipt): void => {};
    receive = () => new Promise((resolve) => (answer = resolve));
    const idle = await open();
    idle.write("POST /hooks/lab");
    const underWay = send("1", { headers: { connection: "keep-alive" } });
    await until(() => received.length === 1);
    const stopped = source.stop();
    await expect(send("2")).rejects.toThrow(/ECONNREFUSED/);
    answer({ status: "Accepted", messageId: "k1.m" });
    expect((await underWay).status).toBe(202);
    idle.socket.destroy();
    await stopped;
    expect(received).toHaveLength(1);
  });

  test("may come before start, and twice", async () => {
    source = createHttpSource(
      { port: 0, path: "/", maxMessageBytes: 1024 },
      { secrets, clock: systemClock, log: createLog({ level: "silent" }) },
    );
    await source.stop();
    await start();
    await source.stop();
    await source.stop();
    await expect(send("1")).rejects.toThrow(/ECONNREFUSED/);
  });
});
