import type { Access } from "./access.ts";
import { isNotFound } from "./failure.ts";
import {
  apiVersionOf,
  collectionPath,
  type KubeObject,
  objectPath,
  type ObjectName,
  type ResourceType,
} from "./resource.ts";
import { type Repeat, type RetryDeps, withRetry } from "./retry.ts";
import { askJson, type Question } from "./transport.ts";
import { type Selection, watch, type WatchOptions } from "./watch.ts";
import type { WatchEvent } from "./watchlines.ts";

/** Owner of every field that the operator writes. */
export const FIELD_MANAGER = "fascia-operator";

export interface RequestOptions {
  signal?: AbortSignal | undefined;
  /** False: asked once, for callers with a rhythm of their own. Default: tried again where that is safe. */
  retry?: boolean;
  /** How long the server may say nothing, milliseconds. Default 30 s. */
  silenceMs?: number;
}

export interface Page<T> {
  items: T[];
  resourceVersion: string;
  /** For the next page; undefined after the last one. */
  next: string | undefined;
}

/** Only this very object: anything else under its name is left alone (409). */
export interface Preconditions {
  uid?: string | undefined;
  resourceVersion?: string | undefined;
}

export interface ClientDeps extends RetryDeps {
  access: Access;
  /** Asked before each write: false refuses it. */
  mayWrite?: () => boolean;
}

type Write = Omit<Question, "silenceMs" | "signal" | "maySend">;

const SILENCE_MS = 30_000;

/** Requests to the API server. Whatever fails is a `KubeError`. */
export class KubeClient {
  readonly #deps: ClientDeps;

  constructor(deps: ClientDeps) {
    this.#deps = deps;
  }

  /** The same client, for one that must hold a lease: while `mayWrite` says no, writes fail with `NotLeading`. */
  fenced(mayWrite: () => boolean): KubeClient {
    return new KubeClient({ ...this.#deps, mayWrite });
  }

  get<T extends KubeObject>(type: ResourceType, name: ObjectName, options?: RequestOptions): Promise<T> {
    return this.#ask({ method: "GET", path: objectPath(type, name) }, "safe", options);
  }

  /** One page of a consistent list; `next` of a page asks for the one behind it. */
  async list<T extends KubeObject>(
    type: ResourceType,
    { namespace, labelSelector, limit, next }: Selection & { limit?: number; next?: string | undefined },
    options?: RequestOptions,
  ): Promise<Page<T>> {
    const query = { limit, labelSelector, continue: next };
    const path = collectionPath(type, namespace);
    const { items, metadata } = await this.#ask<List<T>>({ method: "GET", path, query }, "safe", options);
    return {
      // Built-in types are listed without them.
      items: (items ?? []).map((item) => typed(type, item)),
      resourceVersion: metadata.resourceVersion,
      next: metadata.continue === "" ? undefined : metadata.continue,
    };
  }

  /** Events after a resourceVersion, until the server ends the watch. Throws a `KubeError` for any other end. */
  watch(type: ResourceType, options: WatchOptions): AsyncGenerator<WatchEvent, void, void> {
    return watch(this.#deps.access, type, options);
  }

  create<T extends KubeObject>(type: ResourceType, object: T, options?: RequestOptions): Promise<T> {
    const path = collectionPath(type, object.metadata.namespace);
    return this.#ask({ method: "POST", path, query: AS_MANAGER, body: typed(type, object) }, "unsafe", options);
  }

  /** Writes the whole object over the one of its resourceVersion; refused (409) when it changed since. */
  replace<T extends KubeObject>(type: ResourceType, object: T, options?: RequestOptions): Promise<T> {
    const path = objectPath(type, object.metadata);
    return this.#ask({ method: "PUT", path, query: AS_MANAGER, body: typed(type, object) }, "safe", options);
  }

  /**
   * Server-side apply: the fields of `object` become ours, also those of others; ours that it lacks go. What is applied
   * under another `fieldManager` is kept apart from that.
   */
  apply<T extends KubeObject>(
    type: ResourceType,
    object: T,
    options: RequestOptions & { fieldManager?: string } = {},
  ): Promise<T> {
    return this.#ask(applied(type, object, objectPath(type, object.metadata), options.fieldManager), "safe", options);
  }

  /** Server-side apply of the status subresource; of `object` only names and `status` count. */
  applyStatus<T extends KubeObject>(type: ResourceType, object: T, options?: RequestOptions): Promise<T> {
    return this.#ask(applied(type, object, objectPath(type, object.metadata, "status")), "safe", options);
  }

  /** Merges `changes` (RFC 7396) into the object, whatever it says by now. */
  merge<T extends KubeObject>(
    type: ResourceType,
    name: ObjectName,
    changes: object,
    options?: RequestOptions,
  ): Promise<T> {
    const contentType = "application/merge-patch+json";
    const path = objectPath(type, name);
    return this.#ask({ method: "PATCH", path, query: AS_MANAGER, body: changes, contentType }, "safe", options);
  }

  /** Deletes it, dependents in the background; false when it is gone already. Without a uid it is asked only once. */
  async delete(
    type: ResourceType,
    name: ObjectName,
    preconditions: Preconditions = {},
    options?: RequestOptions,
  ): Promise<boolean> {
    const body = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Background", preconditions };
    // A second request might hit what was made anew under the name since the first.
    const repeat = preconditions.uid === undefined ? "unsafe" : "safe";
    try {
      await this.#ask({ method: "DELETE", path: objectPath(type, name), body }, repeat, options);
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  #ask<T>(question: Write, repeat: Repeat, options: RequestOptions = {}): Promise<T> {
    const { signal, silenceMs = SILENCE_MS, retry = true } = options;
    const { access, mayWrite } = this.#deps;
    const maySend = question.method === "GET" ? undefined : mayWrite;
    const once = () => askJson<T>(access, { ...question, signal, silenceMs, maySend });
    return retry ? withRetry(this.#deps, repeat, signal, once) : once();
  }
}

const AS_MANAGER = { fieldManager: FIELD_MANAGER };

interface List<T> {
  items?: T[] | null;
  metadata: { resourceVersion: string; continue?: string };
}

function typed<T extends KubeObject>(type: ResourceType, object: T): T {
  return { ...object, apiVersion: apiVersionOf(type), kind: type.kind };
}

function applied(type: ResourceType, object: KubeObject, path: string, fieldManager = FIELD_MANAGER): Write {
  const contentType = "application/apply-patch+yaml";
  return { method: "PATCH", path, query: { fieldManager, force: true }, body: typed(type, object), contentType };
}
