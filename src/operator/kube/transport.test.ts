import { once } from "node:events";
import { type AddressInfo, type Server, createServer } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../base/clock.ts";
import { Access } from "./access.ts";
import { askJson } from "./transport.ts";

let server: Server;
let access: Access;
let bytes = 0;

/** Takes connections and never says anything, as an API server does that is stopped. */
beforeEach(async () => {
  server = createServer((socket) => socket.on("data", (data) => (bytes += data.length)).on("error", () => {}));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const config = new KubeConfig();
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  config.loadFromClusterAndUser({ name: "test", server: address, skipTLSVerify: true }, { name: "somebody" });
  access = new Access(config, systemClock);
});

afterEach(async () => {
  await access.close();
  server.close();
});

test("A request that is aborted while its connection is being made ends at once", async () => {
  const abort = new AbortController();
  const began = performance.now();
  const asked = askJson(access, { method: "GET", path: "/api", silenceMs: 30_000, signal: abort.signal });
  const [socket] = (await once(server, "connection")) as [{ once(event: string, done: () => void): void }];
  await new Promise<void>((resolve) => socket.once("data", resolve));
  abort.abort();
  await expect(asked).rejects.toMatchObject({ code: "KubeUnavailable" });
  expect(performance.now() - began).toBeLessThan(5000);
  expect(bytes).toBeGreaterThan(0);
});
