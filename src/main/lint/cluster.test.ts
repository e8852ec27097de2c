import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, type Server, type Socket, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readCluster } from "./cluster.ts";

/** Takes connections and says nothing, as what stands behind a broken load balancer does. */
let silent: Server;
const sockets: Socket[] = [];
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "fascia-silent-"));
  silent = createServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
  await once(silent, "listening");
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  silent.close();
  await rm(dir, { recursive: true });
});

test("a cluster that takes connections and says nothing is given up at the deadline, with what can be done", async () => {
  const server = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const named = { name: "site" };
  await writeFile(
    join(dir, "config"),
    JSON.stringify({
      clusters: [{ ...named, cluster: { server } }],
      users: [{ ...named, user: { token: "abc" } }],
      contexts: [{ ...named, context: { cluster: "site", user: "site" } }],
      "current-context": "site",
    }),
  );
  const code = "KubeUnavailable";
  const message = expect.stringMatching(
    `^--against ${server}: .*no answer .*: look whether the cluster is up`,
  ) as string;
  await expect(readCluster(join(dir, "config"), 200)).rejects.toMatchObject({ code, message });
});
