import { namespaceOf } from "../../api/objectmeta.ts";
import { randomBytes } from "node:crypto";
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../telemetry/log.ts";
import type { KubeClient } from "./client.ts";
import { isNotFound } from "./failure.ts";
import { microTime } from "./microtime.ts";
import { apiVersionOf, type KubeObject, type ResourceType } from "./resource.ts";

export const EVENTS: ResourceType = {
  group: "events.k8s.io",
  version: "v1",
  kind: "Event",
  plural: "events",
  scope: "Namespaced",
};

/** Something that happened to a resource, for who looks at it with `kubectl describe`. */
export interface Happening {
  type: "Normal" | "Warning";
  /** Why, CamelCase, at most 128 characters. */
  reason: string;
  /** What was done about it, CamelCase, at most 128 characters. */
  action: string;
  /** For people, at most 1,000 characters; longer ones are cut. Never payload content. */
  note: string;
}

export interface EventRecorderDeps {
  client: Pick<KubeClient, "create" | "merge">;
  clock: Clock;
  log: Log;
  /** This process, e.g. the pod's name. */
  instance: string;
}

interface Series {
  name: string;
  namespace: string;
  count: number;
  /** Whether the event was written that later ones are counted in. */
  isMade: boolean;
  /** Monotonic time of the last write. */
  writtenAt: number;
  /** Of the last time it happened. */
  seenAt: number;
}

const CONTROLLER = "fascia.dev/operator";
const NOTE = 1000;
/** The same event again within this time is counted in the one that is there. */
const SERIES_MS = 600_000;
/** A series is written at most this often. */
const QUIET_MS = 60_000;
const MAX_SERIES = 1000;
const MAX_UNDER_WAY = 100;
/** So many events at once, then so many a second: what happens to everything at the same time is no news of each. */
const BURST = 100;
const PER_SECOND = 2;

/** Writes events (events.k8s.io/v1), each repetition as a count of the first. An event that is lost is only logged. */
export class EventRecorder {
  readonly #deps: EventRecorderDeps;
  /** Least recently seen first. */
  readonly #series = new Map<string, Series>();
  readonly #underWay = new Set<Promise<void>>();
  #budget = BURST;
  #refilledAt: number;
  /** Since the last time that the log said so. */
  #dropped = 0;
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(deps: EventRecorderDeps) {
    this.#deps = deps;
    this.#refilledAt = deps.clock.monotonic();
  }

  /** Returns at once; `drained` tells when it is written. */
  record(type: ResourceType, regarding: KubeObject, happening: Happening): void {
    const now = this.#deps.clock.monotonic();
    const id = JSON.stringify([type.plural, regarding.metadata.uid, happening]);
    const before = this.#series.get(id);
    this.#series.delete(id);
    const known = before !== undefined && now - before.seenAt < SERIES_MS ? before : undefined;
    const series = known ?? newSeries(regarding);
    series.count++;
    series.seenAt = now;
    this.#series.set(id, series);
    for (const [oldest] of this.#series) if (this.#series.size > MAX_SERIES) this.#series.delete(oldest);
    if (now - series.writtenAt < QUIET_MS) return;
    if (!this.#mayWrite()) return this.#sayDropped();
    series.writtenAt = now;
    this.#begin(series.isMade ? this.#update(series) : this.#create(series, type, regarding, happening));
    series.isMade = true;
  }

  /** Resolves when everything that was recorded so far is written, or lost. */
  async drained(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #begin(write: () => Promise<unknown>): void {
    const { log } = this.#deps;
    const written: Promise<void> = write()
      .catch((error: unknown) => {
        // An event that is too old, or was cleaned away, needs no count.
        if (!isNotFound(error)) log.warn("event not written", { error });
      })
      .then(() => void this.#underWay.delete(written));
    this.#underWay.add(written);
  }

  #mayWrite(): boolean {
    const now = this.#deps.clock.monotonic();
    this.#budget = Math.min(BURST, this.#budget + ((now - this.#refilledAt) / 1000) * PER_SECOND);
    this.#refilledAt = now;
    if (this.#underWay.size >= MAX_UNDER_WAY || this.#budget < 1) return false;
    this.#budget--;
    return true;
  }

  #sayDropped(): void {
    this.#dropped++;
    const now = this.#deps.clock.monotonic();
    if (now - this.#saidAt < QUIET_MS) return;
    this.#deps.log.warn("events dropped", { count: this.#dropped });
    this.#saidAt = now;
    this.#dropped = 0;
  }

  #create(series: Series, type: ResourceType, { metadata }: KubeObject, happening: Happening) {
    const { name, namespace, uid, resourceVersion } = metadata;
    const { note, ...rest } = happening;
    const event = {
      metadata: { name: series.name, namespace: series.namespace },
      eventTime: microTime(this.#deps.clock.now()),
      reportingController: CONTROLLER,
      reportingInstance: this.#deps.instance.slice(0, 128),
      regarding: { apiVersion: apiVersionOf(type), kind: type.kind, name, namespace, uid, resourceVersion },
      note: note.length > NOTE ? `${note.slice(0, NOTE - 1)}…` : note,
      ...rest,
    };
    return () => this.#deps.client.create(EVENTS, event);
  }

  #update({ name, namespace, count }: Series) {
    const series = { count, lastObservedTime: microTime(this.#deps.clock.now()) };
    return () => this.#deps.client.merge(EVENTS, { name, namespace }, { series });
  }
}

/** Events of cluster-scoped resources stand in the namespace `default`. */
function newSeries({ metadata }: KubeObject): Series {
  const name = `${metadata.name.slice(0, 230)}.${randomBytes(8).toString("hex")}`;
  const never = Number.NEGATIVE_INFINITY;
  return { name, namespace: namespaceOf({ metadata }), count: 0, isMade: false, writtenAt: never, seenAt: never };
}
