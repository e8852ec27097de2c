import { type AddressInfo, type Server, createServer } from "node:net";

/** Three different TCP ports of 127.0.0.1 that nothing listens on now. */
export async function threeFreePorts(): Promise<[number, number, number]> {
  const servers = [createServer(), createServer(), createServer()] as const;
  const ports = await Promise.all([listen(servers[0]), listen(servers[1]), listen(servers[2])]);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Listens on a port that the system chooses, and tells which. */
function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
