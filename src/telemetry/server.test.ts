import { afterEach, describe, expect, it } from "vitest";
import { createHealth } from "./health.ts";
import { createMetrics } from "./metrics.ts";
import { serveTelemetry, type TelemetryServer } from "./server.ts";

const servers: TelemetryServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve({ port = 0, host = "127.0.0.1" }: { port?: number; host?: string } = {}) {
  const metrics = createMetrics({ process: false });
  const health = createHealth({ monotonic: () => 0 });
  const server = await serveTelemetry({ port, ...(host !== "*" && { host }), metrics, health });
  servers.push(server);
  return { metrics, health, address: server.address };
}

describe("the telemetry server", () => {
  it("serves metrics in the text format of Prometheus", async () => {
    const { metrics, address } = await serve();
    metrics.drift.add({ adapter: "hospital/ehr", contract: "visit", version: "1.0.0", kind: "Code" });
    const response = await fetch(`${address}/metrics`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await response.text()).toContain(
      'fascia_contract_drift_total{adapter="hospital/ehr",contract="visit",version="1.0.0",kind="Code"} 1',
    );
  });

  it("answers 200 while all goes on, 503 with the reasons when something stands still", async () => {
    const { health, address } = await serve();
    expect((await fetch(`${address}/readyz`)).status).toBe(200);
    health.expect("ehr publish", 1000);
    const response = await fetch(`${address}/readyz?verbose`);
    expect(response.status).toBe(503);
    expect(await response.text()).toBe("ehr publish: not started yet, expected within 1.0 s\n");
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
  });

  it("tells beside its answer what somebody should see to, and stays ready for it", async () => {
    const { health, address } = await serve();
    health.note("manifests", "the last edit is refused");
    const response = await fetch(`${address}/readyz`);
    expect([response.status, await response.text()]).toEqual([200, "ok\nmanifests: the last edit is refused\n"]);
    expect(await (await fetch(`${address}/healthz`)).text()).toBe("ok\n");
    health.forget("manifests");
    expect(await (await fetch(`${address}/readyz`)).text()).toBe("ok\n");
  });

  it("serves at every address where none is named", async () => {
    const { port } = new URL((await serve({ host: "*" })).address);
    for (const host of ["127.0.0.1", "127.0.0.2"])
      expect((await fetch(`http://${host}:${port}/healthz`)).status).toBe(200);
  });

  it("knows nothing else and takes nothing in", async () => {
    const { address } = await serve();
    expect((await fetch(`${address}/`)).status).toBe(404);
    expect((await fetch(`${address}/metrics`, { method: "POST", body: "x" })).status).toBe(405);
    expect((await fetch(`${address}//`)).status).toBe(404);
  });

  it("says which port is taken and what to do", async () => {
    const { address } = await serve();
    const port = Number(new URL(address).port);
    await expect(serve({ port })).rejects.toMatchObject({
      code: "TelemetryPort",
      message: `cannot serve metrics and health on 127.0.0.1:${port}: Error (EADDRINUSE); choose another one with --telemetry, or off`,
    });
  });

  it("closes although a client keeps its connection open", async () => {
    const { address } = await serve();
    await (await fetch(`${address}/healthz`)).text();
    await servers.pop()?.close();
    await expect(fetch(`${address}/healthz`)).rejects.toThrow("fetch failed");
  });
});
