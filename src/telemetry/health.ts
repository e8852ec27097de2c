import type { Clock } from "../base/clock.ts";

/** Which answer a component's silence turns: `readiness` takes the pod out of service, `liveness` restarts it. */
export type HealthProbe = "readiness" | "liveness";

export interface HealthReport {
  ok: boolean;
  /** A line for each: a component that is silent, since when and how often it should have been heard; or why it is held. */
  failing: string[];
  /** A line for each thing that somebody should see to, though nothing stands still by it. */
  notes?: string[];
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
  /** Not ready from now on, for `reason`, until `forget`: for what is known to be wrong rather than heard by silence. */
  hold(component: string, reason: string): void;
  /** Ready all the same, and tells `text` beside it, until `forget`: for what needs somebody, but no other process. */
  note(component: string, text: string): void;
  /** No longer expected, e.g. because its adapter is gone; no longer held; nothing to be told of it. */
  forget(component: string): void;
  /** Fails only for components of `liveness` whose beat is overdue. */
  live(): HealthReport;
  /** Fails for every component whose beat is overdue, for those that never beat yet, and for those that are held. */
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
  const held = new Map<string, string>();
  const noted = new Map<string, string>();
  const silent = (fails: (component: Component, silentMs: number) => boolean): string[] => {
    const now = clock.monotonic();
    return [...components]
      .filter(([, component]) => fails(component, now - component.at))
      .map(([name, component]) => describe(name, component, now - component.at));
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
    hold: (component, reason) => void held.set(component, reason),
    note: (component, text) => void noted.set(component, text),
    forget: (component) => {
      components.delete(component);
      held.delete(component);
      noted.delete(component);
    },
    live: () =>
      reportOf(silent((component, silentMs) => component.probe === "liveness" && silentMs > component.withinMs)),
    ready: () => {
      const overdue = silent((component, silentMs) => !component.beaten || silentMs > component.withinMs);
      const report = reportOf([...overdue, ...linesOf(held)]);
      return noted.size === 0 ? report : { ...report, notes: linesOf(noted) };
    },
  };
}

const linesOf = (texts: ReadonlyMap<string, string>): string[] =>
  Array.from(texts, ([component, text]) => `${component}: ${text}`);

const reportOf = (failing: string[]): HealthReport => ({ ok: failing.length === 0, failing });

function describe(name: string, component: Component, silentMs: number): string {
  const due = `expected within ${seconds(component.withinMs)}`;
  return component.beaten ? `${name}: silent for ${seconds(silentMs)}, ${due}` : `${name}: not started yet, ${due}`;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
