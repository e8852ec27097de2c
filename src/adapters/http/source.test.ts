import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MemorySecrets } from "../../../test/builders/certificates.ts";
import { type RunningWebhook, startWebhook } from "../../../test/builders/httpsource.ts";
import type { HttpSourceSpec } from "../../api/adapter-http.ts";

let webhook: RunningWebhook;
let secrets: MemorySecrets;

beforeEach(() => {
  secrets = new MemorySecrets().set("lab", "token", Buffer.from("s3cret"));
});
afterEach(() => webhook.source.stop());

async function start(spec: Partial<HttpSourceSpec> = {}): Promise<void> {
  webhook = await startWebhook(spec, { secrets });
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
    const request = httpRequest({ host: "127.0.0.1", port: webhook.port, method, path, headers: all }, (response) => {
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
    await start();
    expect(webhook.address).toBe(`http://127.0.0.1:${webhook.port}/hooks/lab`);
    const body = '{ "a" : 1.0 }\n';
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const answer = await send(body, { headers: { "idempotency-key": "key-1", traceparent } });
    expect(answer).toMatchObject({ status: 202, body: '{"messageId":"k1.m"}' });
    expect(answer.headers["content-type"]).toMatch(/^application\/json/);
    expect(webhook.received).toEqual([
      { body: Buffer.from(body), dialect: "json", identity: ["", "key-1"], traceparent },
    ]);
  });

  test("without a key has no identity of its own; a quoted key is the bare one", async () => {
    await start();
    await send("{}");
    await send("{}", { headers: { "idempotency-key": '"a\\"b"', traceparent: "what is this" } });
    expect(webhook.received.map((message) => message.identity)).toEqual([[], ["", 'a"b']]);
    expect(webhook.received[1]).not.toHaveProperty("traceparent");
  });

  test("that was sent before is answered as the first time", async () => {
    await start();
    webhook.receive = async () => ({ status: "Duplicate", messageId: "k1.m" });
    expect(await send("{}")).toMatchObject({ status: 202, body: '{"messageId":"k1.m"}' });
  });

  test("that is refused for good is answered 409 or 422, one that can't be stored now 503 with Retry-After", async () => {
    await start();
    webhook.receive = async () => ({ status: "Refused", reason: "the key was used for another message" });
    const refused = await send("{}");
    expect(refusal(refused)).toBe(409);
    expect(refused.body).toContain("the key was used for another message");
    webhook.receive = async () => ({ status: "Rejected", reason: "not its sender's to say" });
    const rejected = await send("{}");
    expect(refusal(rejected)).toBe(422);
    expect(rejected.body).toContain("not its sender's to say");
    webhook.receive = async () => ({ status: "Unavailable", reason: "the hub is full" });
    const unavailable = await send("{}");
    expect(refusal(unavailable)).toBe(503);
    expect(unavailable.headers).toMatchObject({ "retry-after": "5", connection: "close" });
  });

  test("that could not be webhook.received is answered 503, without the cause", async () => {
    await start();
    webhook.receive = async () => {
      throw new Error("CANARY");
    };
    expect(refusal(await send("{}"))).toBe(503);
    expect(webhook.logged()).not.toContain("CANARY");
  });
});

describe("a request that is refused before anything is handed on", () => {
  /** Were it handed on, the answer would be another one. */
  async function start(spec: Partial<HttpSourceSpec> = {}): Promise<void> {
    webhook = await startWebhook(spec, { secrets });
    webhook.receive = async () => {
      throw new Error("it was handed on");
    };
  }

  test.each([
    ["no JSON", '{"CANARY'],
    ["nothing", ""],
    ["two documents", "{}{}"],
    ["JSON in Latin-1", Buffer.from([0x22, 0xfc, 0x22])],
    ["a byte order mark", "\ufeff{}"],
  ])("400: the body is %s", async (_name, body) => {
    await start();
    expect(refusal(await send(body))).toBe(400);
    expect(webhook.logged()).not.toContain("CANARY");
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
    expect(webhook.logged()).toContain("longer than 4096 bytes");
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
    expect(webhook.received[0]?.principal).toBe("lab");
    secrets.set("lab", "token", Buffer.from("renewed\n"));
    const old = await send("{}", { headers: { authorization: "Bearer s3cret" } });
    expect(refusal(old)).toBe(401);
    expect(old.headers["www-authenticate"]).toBe('Bearer realm="fascia", error="invalid_token"');
    expect((await send("{}", { headers: { authorization: "bearer renewed" } })).status).toBe(202);
  });

  test("nobody gets in without one, whatever is asked for", async () => {
    await start({ bearerTokenRef });
    for (const authorization of [undefined, "Basic czNjcmV0", "Bearer", "Bearer s3cret extra"]) {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await send("{}", { path: "/elsewhere", headers });
      expect(refusal(answer)).toBe(401);
      expect(answer.headers["www-authenticate"]).toBe('Bearer realm="fascia"');
    }
    expect(webhook.received).toEqual([]);
  });

  test("nobody gets in while there is none to compare with", async () => {
    secrets = new MemorySecrets();
    await start({ bearerTokenRef });
    expect(refusal(await send("{}", { headers: { authorization: "Bearer " } }))).toBe(401);
    expect(refusal(await send("{}", { headers: { authorization: "Bearer undefined" } }))).toBe(503);
    expect(webhook.received).toEqual([]);
  });
});
