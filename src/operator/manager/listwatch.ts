import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../telemetry/log.ts";
import type { KubeClient } from "../kube/client.ts";
import { KubeError, type Status } from "../kube/failure.ts";
import type { KubeObject, ResourceType } from "../kube/resource.ts";
import type { Selection } from "../kube/watch.ts";
import type { WatchEvent } from "../kube/watchlines.ts";
import { isSilence, resume } from "./resume.ts";

/** Where what was read goes. */
export interface Sink<T> {
  /** Everything that there is. */
  replace(objects: T[]): void;
  put(object: T): void;
  remove(object: T): void;
  /** The server said something: a list, an event, a bookmark. */
  heard(): void;
}

export interface ListWatchOptions<T> extends Selection {
  type: ResourceType;
  /** Resources in one page of a list. */
  pageSize: number;
  /** How long a watch may say nothing before it counts as dead, milliseconds; bookmarks come about once a minute. */
  silenceMs: number;
  /** What is kept of an object, before it goes to the sink. */
  transform: (object: T) => T;
}

export interface ListWatchDeps {
  client: Pick<KubeClient, "list" | "watch">;
  clock: Clock;
  random: () => number;
  log: Log;
}

/** Watches end within 5 to 10 minutes, so that they spread over the API servers again after one of them was gone. */
const WATCH_SECONDS = 300;
const GRACE_MS = 30_000;

/** Tells a sink of all resources of a type, and of every change, for as long as it runs. */
export class ListWatch<T extends KubeObject> {
  readonly #options: ListWatchOptions<T>;
  readonly #deps: ListWatchDeps;
  readonly #sink: Sink<T>;
  /** Resource version behind which the next watch begins; undefined: list first. */
  #position: string | undefined;
  #progressed = false;

  constructor(options: ListWatchOptions<T>, deps: ListWatchDeps, sink: Sink<T>) {
    this.#options = options;
    this.#deps = deps;
    this.#sink = sink;
  }

  /** Resolves when `signal` aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, log } = this.#deps;
    for (let failures = 0; !signal.aborted;) {
      const began = clock.monotonic();
      this.#progressed = false;
      const error = await this.#once(signal);
      if (signal.aborted) return;
      const next = resume(
        { error, livedMs: clock.monotonic() - began, progressed: this.#progressed },
        failures,
        random,
      );
      failures = next.failures;
      if (next.relist) this.#position = undefined;
      if (isSilence(error)) log.debug("watch silent", { ms: this.#options.silenceMs });
      else if (error !== undefined) log.warn("cache interrupted", { error, attempt: failures, ms: next.waitMs });
      await clock.sleep(next.waitMs, signal);
    }
  }

  /** Lists where needed and watches until that ends; gives the error that ended it. */
  async #once(signal: AbortSignal): Promise<unknown> {
    try {
      const position = this.#position ?? (await this.#list(signal));
      await this.#watch(position, signal);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  async #list(signal: AbortSignal): Promise<string> {
    const { type, namespace, labelSelector, pageSize, transform } = this.#options;
    const objects: T[] = [];
    let next: string | undefined;
    let position: string;
    do {
      const selection = { namespace, labelSelector, limit: pageSize, next };
      const page = await this.#deps.client.list<T>(type, selection, { signal, retry: false });
      for (const item of page.items) objects.push(transform(item));
      position = page.resourceVersion;
      next = page.next;
    } while (next !== undefined);
    this.#sink.replace(objects);
    this.#position = position;
    this.#sink.heard();
    return position;
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const { type, namespace, labelSelector, silenceMs } = this.#options;
    const timeoutSeconds = Math.ceil(WATCH_SECONDS * (1 + this.#deps.random()));
    const over = new AbortController();
    // Bytes without end that are no event: the server must have ended it by now.
    const cancel = this.#deps.clock.after(timeoutSeconds * 1000 + GRACE_MS, () => over.abort());
    const both = AbortSignal.any([signal, over.signal]);
    const options = { namespace, labelSelector, resourceVersion, timeoutSeconds, silenceMs, signal: both };
    try {
      for await (const event of this.#deps.client.watch(type, options)) this.#take(event);
    } finally {
      cancel();
    }
  }

  #take(event: WatchEvent): void {
    if (event.type === "ERROR") throw told(event.status);
    if (event.type === "DELETED") this.#sink.remove(event.object as T);
    else if (event.type !== "BOOKMARK") this.#sink.put(this.#options.transform(event.object as T));
    this.#position = event.resourceVersion;
    this.#progressed = true;
    this.#sink.heard();
  }
}

/** The error that a server puts into a watch which had begun well. */
function told({ code, reason, details }: Status): KubeError {
  const seconds = details?.retryAfterSeconds;
  const retryAfterMs = seconds === undefined ? undefined : seconds * 1000;
  const failure = { status: code ?? 500, reason, retryAfterMs };
  return new KubeError(`watch: the API server ended it with ${failure.status} ${reason ?? ""}`.trimEnd(), failure);
}
