import { describe, expect, it } from "vitest";
import { createMetrics } from "./metrics.ts";

const OF = { contract: "visit", version: "1.0.0", kind: "Code" };

describe("metrics", () => {
  it("count, gauge and time under their names", async () => {
    const metrics = createMetrics({ process: false });
    metrics.received.add({ adapter: "hospital/ehr", result: "Accepted" }, 2);
    metrics.received.add({ adapter: "hospital/ehr", result: "Accepted" });
    metrics.lag.set({ adapter: "hospital/billing", consumer: "billing-0" }, 7);
    metrics.connections.add({ adapter: "hospital/ehr" }, 2);
    metrics.connections.add({ adapter: "hospital/ehr" }, -1);
    metrics.deliverySeconds.observe({ adapter: "hospital/billing" }, 0.2);
    const lines = (await metrics.text()).split("\n");
    expect(lines).toContain('fascia_messages_received_total{adapter="hospital/ehr",result="Accepted"} 3');
    expect(lines).toContain('fascia_consumer_lag_messages{adapter="hospital/billing",consumer="billing-0"} 7');
    expect(lines).toContain('fascia_connections{adapter="hospital/ehr"} 1');
    expect(lines).toContain('fascia_delivery_seconds_bucket{le="0.25",adapter="hospital/billing"} 1');
    expect(lines).toContain('fascia_delivery_seconds_bucket{le="0.1",adapter="hospital/billing"} 0');
  });

  it("forget a series that was removed", async () => {
    const metrics = createMetrics({ process: false });
    metrics.parked.set({ adapter: "hospital/billing" }, 3);
    metrics.parked.remove({ adapter: "hospital/billing" });
    expect(await metrics.text()).not.toContain("hospital/billing");
  });

  it("refuse labels that are no names, so that no payload becomes one", async () => {
    const metrics = createMetrics({ process: false });
    metrics.drift.add({ ...OF, adapter: "PID|1||CANARY" });
    metrics.drift.add({ ...OF, adapter: 'CANARY"} 1\nforged 2' });
    metrics.quarantined.add({ adapter: "hospital/ehr", stage: { CANARY: 1 } as unknown as string });
    const text = await metrics.text();
    expect(text).not.toContain("CANARY");
    expect(text).toContain(
      'fascia_contract_drift_total{contract="visit",version="1.0.0",kind="Code",adapter="[refused]"} 2',
    );
  });

  it("are apart for each registry and tell of the process unless asked not to", async () => {
    const [first, second] = [createMetrics(), createMetrics()];
    first.drift.add({ ...OF, adapter: "hospital/ehr" });
    expect(await first.text()).toContain("process_resident_memory_bytes");
    expect(await second.text()).not.toContain("hospital/ehr");
    expect(await createMetrics({ process: false }).text()).not.toContain("process_");
  });
});
