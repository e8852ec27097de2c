import type { Clock } from "../base/clock.ts";

/** Which answer a component's silence turns: `readiness` takes the pod out of service, `liveness` restarts it. */
export type HealthProbe = "readiness" | "liveness";

export interface HealthReport {
  ok: boolean;
  /** One line for each component that is silent: its name, since when, and how often it should have been heard. */
  failing: string[];
}

/**
 * Knows from signs of life whether what should go on goes on: pulling, publishing, writing records. A component that
 * stands still says nothing, so that a hang is found as surely as an error.
 */
export interface Health {
  /** From now on `component` must beat at least every `withinMs`; its first beat is due within the same time. */
  expect(component: string, withinMs: number, probe?: HealthProbe): void;
  /** A sign of life. Beats of components that nobody expects are ignored. */
  beat(component: string): void;
  /** No longer expected, e.g. because its adapter is gone. */
  forget(component: string): void;
  /** Fails only for components of `liveness` whose beat is overdue. */
  live(): HealthReport;
  /** Fails for every component whose beat is overdue, and for those that never beat yet. */
  ready(): HealthReport;
}

interface Component {
  withinMs: number;
  probe: HealthProbe;
  beaten: boolean;
  /** Monotonic time of the last beat, or of `expect`. */
  at: number;
}

/** `clock` gives monotonic time. Nothing runs in the background: silence is judged when somebody asks. */
export function createHealth(clock: Pick<Clock, "monotonic">): Health {
  const components = new Map<string, Component>();
  const report = (fails: (component: Component, silentMs: number) => boolean): HealthReport => {
    const now = clock.monotonic();
    const failing = [...components]
      .filter(([, component]) => fails(component, now - component.at))
      .map(([name, component]) => describe(name, component, now - component.at));
    return { ok: failing.length === 0, failing };
  };
  return {
    expect: (component, withinMs, probe = "readiness") => {
      components.set(component, { withinMs, probe, beaten: false, at: clock.monotonic() });
    },
    beat: (name) => {
      const component = components.get(name);
      if (component === undefined) return;
      component.beaten = true;
      component.at = clock.monotonic();
    },
    forget: (component) => void components.delete(component),
    live: () => report((component, silentMs) => component.probe === "liveness" && silentMs > component.withinMs),
    ready: () => report((component, silentMs) => !component.beaten || silentMs > component.withinMs),
  };
}

function describe(name: string, component: Component, silentMs: number): string {
  const due = `expected within ${seconds(component.withinMs)}`;
  return component.beaten ? `${name}: silent for ${seconds(silentMs)}, ${due}` : `${name}: not started yet, ${due}`;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
