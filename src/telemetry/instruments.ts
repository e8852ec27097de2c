import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { isName, REFUSED } from "./fields.ts";

/** Counts what happened; never falls. */
export interface CounterOf<L extends string> {
  add(labels: Record<L, string>, count?: number): void;
}

/** Says how much there is now. */
export interface GaugeOf<L extends string> {
  set(labels: Record<L, string>, value: number): void;
  add(labels: Record<L, string>, difference: number): void;
  /** Forgets the series, e.g. of an adapter that is gone. */
  remove(labels: Record<L, string>): void;
}

/** One series of a gauge, and what it stands at. */
export interface Reading<L extends string> {
  labels: Record<L, string>;
  value: number;
}

/** Says how much there is at the moment when somebody asks for the metrics. */
export interface AskedGaugeOf<L extends string> {
  /** From now on `read` is asked, each time: for all series that there are. */
  ask(read: () => readonly Reading<L>[]): void;
}

/** Tells how durations are spread. */
export interface DurationOf<L extends string> {
  observe(labels: Record<L, string>, seconds: number): void;
}

/** Seconds, from what a local write takes to what a slow remote service takes. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export const counters =
  (registry: Registry, prefix: string) =>
  <L extends string>(name: string, help: string, labelNames: L[]): CounterOf<L> => {
    const counter = new Counter({ name: `${prefix}${name}`, help, labelNames, registers: [registry] });
    return { add: (labels, count = 1) => counter.inc(checkLabels(labels), count) };
  };

export const gauges =
  (registry: Registry, prefix: string) =>
  <L extends string>(name: string, help: string, labelNames: L[]): GaugeOf<L> => {
    const gauge = new Gauge({ name: `${prefix}${name}`, help, labelNames, registers: [registry] });
    return {
      set: (labels, value) => gauge.set(checkLabels(labels), value),
      add: (labels, difference) => gauge.inc(checkLabels(labels), difference),
      remove: (labels) => gauge.remove(checkLabels(labels)),
    };
  };

export const askedGauges =
  (registry: Registry, prefix: string) =>
  <L extends string>(name: string, help: string, labelNames: L[]): AskedGaugeOf<L> => {
    let asked: () => readonly Reading<L>[] = () => [];
    const gauge = new Gauge({
      name: `${prefix}${name}`,
      help,
      labelNames,
      registers: [registry],
      collect: () => {
        gauge.reset();
        for (const { labels, value } of asked()) gauge.set(checkLabels(labels), value);
      },
    });
    return { ask: (read) => void (asked = read) };
  };

export const durations =
  (registry: Registry, prefix: string) =>
  <L extends string>(name: string, help: string, labelNames: L[]): DurationOf<L> => {
    const histogram = new Histogram({
      name: `${prefix}${name}`,
      help,
      labelNames,
      buckets: BUCKETS,
      registers: [registry],
    });
    return { observe: (labels, seconds) => histogram.observe(checkLabels(labels), seconds) };
  };

function checkLabels<L extends string>(labels: Record<L, string>): Record<L, string> {
  const checked = {} as Record<L, string>;
  for (const name in labels) checked[name] = isName(labels[name]) ? labels[name] : REFUSED;
  return checked;
}
