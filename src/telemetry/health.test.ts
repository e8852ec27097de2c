import { describe, expect, it } from "vitest";
import { createHealth } from "./health.ts";

function healthAt(start: number) {
  const clock = { at: start, monotonic: () => clock.at };
  return { clock, health: createHealth(clock) };
}

describe("health", () => {
  it("is live and ready when nothing is expected", () => {
    const { health } = healthAt(0);
    expect(health.live()).toEqual({ ok: true, failing: [] });
    expect(health.ready()).toEqual({ ok: true, failing: [] });
  });

  it("is not ready before a component's first sign of life", () => {
    const { health } = healthAt(0);
    health.expect("ehr publish", 1000);
    expect(health.ready()).toEqual({ ok: false, failing: ["ehr publish: not started yet, expected within 1.0 s"] });
    health.beat("ehr publish");
    expect(health.ready().ok).toBe(true);
  });

  it("is not ready while a component is silent for longer than expected, and ready again after it beats", () => {
    const { health, clock } = healthAt(5000);
    health.expect("billing pull", 1000);
    health.expect("ehr publish", 10_000);
    health.beat("billing pull");
    health.beat("ehr publish");
    clock.at += 1000;
    expect(health.ready().ok).toBe(true);
    clock.at += 500;
    expect(health.ready()).toEqual({ ok: false, failing: ["billing pull: silent for 1.5 s, expected within 1.0 s"] });
    health.beat("billing pull");
    expect(health.ready().ok).toBe(true);
  });

  it("stays live while only readiness suffers: a restart would not bring the hub back", () => {
    const { health, clock } = healthAt(0);
    health.expect("ehr publish", 1000);
    clock.at = 60_000;
    expect(health.live().ok).toBe(true);
  });

  it("is not live when a component of liveness is overdue, its first beat included", () => {
    const { health, clock } = healthAt(0);
    health.expect("lanes", 1000, "liveness");
    expect(health.live().ok).toBe(true);
    clock.at = 1001;
    expect(health.live()).toEqual({ ok: false, failing: ["lanes: not started yet, expected within 1.0 s"] });
    health.beat("lanes");
    expect(health.live().ok).toBe(true);
    clock.at = 3000;
    expect(health.live().ok).toBe(false);
    expect(health.ready().ok).toBe(false);
  });

  it("no longer expects what was forgotten, and ignores beats that nobody expects", () => {
    const { health } = healthAt(0);
    health.expect("gone", 1000);
    health.forget("gone");
    health.beat("gone");
    expect(health.ready()).toEqual({ ok: true, failing: [] });
  });

  it("is not ready while something is known to be wrong, says what, and stays live", () => {
    const { health } = healthAt(0);
    health.hold("Secrets of ehr", "none");
    health.hold("Secrets of ehr", "Secret tls has no tls.key");
    expect(health.ready()).toEqual({ ok: false, failing: ["Secrets of ehr: Secret tls has no tls.key"] });
    expect(health.live().ok).toBe(true);
    health.forget("Secrets of ehr");
    expect(health.ready()).toEqual({ ok: true, failing: [] });
  });
});
