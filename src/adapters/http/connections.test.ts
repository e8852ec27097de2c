import { afterEach, describe, expect, test } from "vitest";
import { MemorySecrets } from "../../../test/builders/certificates.ts";
import { type RunningWebhook, startWebhook } from "../../../test/builders/httpsource.ts";
import { eventually } from "../../../test/builders/eventually.ts";
import { openSocket, type RawSocket } from "../../../test/conformance/sources/socket.ts";
import type { HttpSourceSpec } from "../../api/adapter-http.ts";
import { systemClock } from "../../base/clock.ts";
import { silentLog } from "../../telemetry/log.ts";
import type { Receipt } from "../adapter.ts";
import type { Limits } from "./server.ts";
import { createHttpSource } from "./source.ts";

let webhook: RunningWebhook;
const sockets: RawSocket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await webhook.source.stop();
});

async function start(spec: Partial<HttpSourceSpec> = {}, limits: Partial<Limits> = {}): Promise<void> {
  const secrets = new MemorySecrets().set("lab", "token", Buffer.from("s3cret"));
  webhook = await startWebhook(spec, { limits, secrets });
}

/** A connection whose every byte is ours. */
async function open(): Promise<RawSocket> {
  const socket = await openSocket(webhook.port);
  sockets.push(socket);
  return socket;
}

const bodies = (): string[] => webhook.received.map(({ body }) => Buffer.from(body).toString());

const head = (length: number): string =>
  `POST /hooks/lab HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n`;
const whole = (body: string): string => `${head(body.length)}\r\n${body}`;

describe("a caller that asks before it sends the body", () => {
  test("is refused without it where it is not let in", async () => {
    await start({ bearerTokenRef: { name: "lab", key: "token" } });
    const client = await open();
    client.write(`${head(2000)}Expect: 100-continue\r\n\r\n`);
    await eventually(() => client.text.includes("\r\n\r\n"));
    expect(client.text).toMatch(/^HTTP\/1\.1 401 /);
  });

  test("is told to go on", async () => {
    await start();
    const client = await open();
    client.write(`${head(2)}Expect: 100-continue\r\n\r\n`);
    await eventually(() => client.text.includes("100 Continue"));
    client.write("{}");
    await eventually(() => client.text.includes("202 Accepted"));
    expect(webhook.received).toHaveLength(1);
  });
});

describe("requests behind one another on one connection", () => {
  test("are handed on one at a time and in order", async () => {
    await start();
    const order: string[] = [];
    webhook.receive = async ({ body }) => {
      order.push(`begin ${Buffer.from(body).toString()}`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`end ${Buffer.from(body).toString()}`);
      return { status: "Accepted", messageId: "k1.m" };
    };
    const client = await open();
    client.write(whole("1") + whole("2") + whole("3"));
    await eventually(() => client.text.split("202 Accepted").length === 4);
    expect(order).toEqual(["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3"]);
  });

  test("are not looked at behind one that could not be stored: the connection closes", async () => {
    await start();
    webhook.receive = async ({ body }) =>
      Buffer.from(body).toString() === "2"
        ? { status: "Unavailable", reason: "the hub is full" }
        : { status: "Accepted", messageId: "k1.m" };
    const client = await open();
    client.write(whole("1") + whole("2") + whole("3"));
    await eventually(() => client.closed);
    expect(client.text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 202", "HTTP/1.1 503"]);
    expect(bodies()).toEqual(["1", "2"]);
  });

  test("what is not HTTP is never answered in place of the request before it", async () => {
    await start();
    let answer = (_receipt: Receipt): void => {};
    webhook.receive = () => new Promise((resolve) => (answer = resolve));
    const client = await open();
    client.write(`${whole("1")}garbage\r\n\r\n`);
    await eventually(() => webhook.received.length === 1 && client.closed);
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
    await eventually(() => clients.every((client) => client.closed));
    expect(clients[1]?.text).toMatch(/^HTTP\/1\.1 408 /);
    expect(webhook.received).toEqual([]);
  });

  test("a connection that has nothing more to say is closed", async () => {
    await start({}, quick);
    const client = await open();
    client.write(whole("1"));
    await eventually(() => client.closed);
    expect(client.text).toMatch(/^HTTP\/1\.1 202 /);
  });

  test("connections beyond the limit are closed at once, the others go on", async () => {
    await start({}, { connections: 2 });
    const clients = [await open(), await open(), await open()];
    await eventually(() => clients[2]?.closed === true);
    clients[0]?.write(whole("1"));
    await eventually(() => clients[0]?.text.includes("202") === true);
    expect(clients.map((client) => client.closed)).toEqual([false, false, true]);
  });

  test("what is left of a body that is too long is dropped: the caller sees why, and the connection goes on", async () => {
    await start();
    const client = await open();
    const length = 1_000_000;
    client.write(`${head(length)}Transfer-Encoding: chunked\r\n`.replace(/Content-Length: \d+\r\n/, ""));
    client.write(`\r\n${length.toString(16)}\r\n`);
    for (let sent = 0; sent < length; sent += 10_000) client.write("x".repeat(10_000));
    client.write(`\r\n0\r\n\r\n${whole("1")}`);
    await eventually(() => client.text.includes("202 Accepted") || client.closed);
    expect(client.text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 413", "HTTP/1.1 202"]);
    expect(bodies()).toEqual(["1"]);
  });

  test("a body without end is read no further than the limit, and what is dropped ends in time", async () => {
    await start({}, quick);
    const client = await open();
    client.write(
      "POST /hooks/lab HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    const chunk = `${(1024).toString(16)}\r\n${"x".repeat(1024)}\r\n`;
    const pump = setInterval(() => client.write(chunk), 1);
    await eventually(() => client.closed);
    clearInterval(pump);
    expect(client.text).toMatch(/^HTTP\/1\.1 413 /);
  });
});

describe("stop", () => {
  test("answers what is under way, takes nothing new and closes what is idle", async () => {
    await start();
    let answer = (_receipt: Receipt): void => {};
    webhook.receive = () => new Promise((resolve) => (answer = resolve));
    const [idle, halfway, busy] = [await open(), await open(), await open()];
    halfway.write("POST /hooks/lab");
    busy.write(whole("1") + whole("2"));
    await eventually(() => webhook.received.length === 1);
    const stopped = webhook.source.stop();
    await eventually(() => idle.closed && halfway.closed);
    await expect(open()).rejects.toThrow(/ECONNREFUSED/);
    answer({ status: "Accepted", messageId: "k1.m" });
    await stopped;
    await eventually(() => busy.closed);
    expect(busy.text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 202"]);
    expect(bodies()).toEqual(["1"]);
  });

  test("may come before start", async () => {
    await start();
    const never = createHttpSource(
      { port: 0, path: "/", maxMessageBytes: 1024 },
      { secrets: new MemorySecrets(), clock: systemClock, log: silentLog },
    );
    await expect(never.stop()).resolves.toBeUndefined();
  });
});
