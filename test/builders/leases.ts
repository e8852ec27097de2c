import type { Clock } from "../../src/base/clock.ts";
import type { ElectorDeps } from "../../src/operator/manager/elector.ts";
import type { Lease } from "../../src/operator/manager/lease.ts";
import { KubeError } from "../../src/operator/kube/failure.ts";
import type { KubeObject } from "../../src/operator/kube/resource.ts";
import type { ManualClock } from "./manualclock.ts";

/** One Lease on an API server that a test makes up: optimistic concurrency as the real one has it. */
export class LeaseServer {
  #lease: Lease | undefined;
  #version = 0;

  get lease(): Lease | undefined {
    return this.#lease;
  }

  get(): Lease {
    if (this.#lease === undefined) throw new KubeError("get", { status: 404, reason: "NotFound" });
    return structuredClone(this.#lease);
  }

  create(lease: Lease): Lease {
    if (this.#lease !== undefined) throw new KubeError("create", { status: 409, reason: "AlreadyExists" });
    return this.#store(lease);
  }

  replace(lease: Lease): Lease {
    const { metadata } = this.get();
    if (metadata.resourceVersion !== lease.metadata.resourceVersion)
      throw new KubeError("replace", { status: 409, reason: "Conflict" });
    return this.#store(lease);
  }

  delete(): void {
    this.#lease = undefined;
  }

  #store(lease: Lease): Lease {
    this.#lease = structuredClone({ ...lease, metadata: { ...lease.metadata, resourceVersion: `${++this.#version}` } });
    return this.get();
  }
}

/** What the network does to one request. */
export interface Passage {
  thereMs: number;
  backMs: number;
  lost?: "there" | "back" | undefined;
}

/** A machine with a clock of its own that may run fast or slow, be set wrong, and stand still (SIGSTOP). */
export class Machine implements Clock {
  readonly #true: ManualClock;
  readonly #rate: number;
  readonly #wallOffsetMs: number;
  #thaw: PromiseWithResolvers<void> | undefined;

  constructor(trueTime: ManualClock, rate: number, wallOffsetMs: number) {
    this.#true = trueTime;
    this.#rate = rate;
    this.#wallOffsetMs = wallOffsetMs;
  }

  now = (): number => this.#true.now() + this.#wallOffsetMs;
  monotonic = (): number => this.#true.monotonic() * this.#rate;

  sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    await this.#true.sleep(ms / this.#rate, signal);
    await this.awake();
  };

  after = (ms: number, action: () => void): (() => void) => {
    let wanted = true;
    const cancel = this.#true.after(ms / this.#rate, () => {
      void this.awake().then(() => wanted && action());
    });
    return () => {
      wanted = false;
      cancel();
    };
  };

  get frozen(): boolean {
    return this.#thaw !== undefined;
  }

  freeze(): void {
    this.#thaw ??= Promise.withResolvers<void>();
  }

  thaw(): void {
    this.#thaw?.resolve();
    this.#thaw = undefined;
  }

  awake(): Promise<void> {
    return this.#thaw?.promise ?? Promise.resolve();
  }

  /** A client on this machine; `passage` tells the fate of each request. What is lost hangs until its caller gives up. */
  client(server: LeaseServer, passage: () => Passage): ElectorDeps["client"] {
    const through = <T>(signal: AbortSignal | undefined, act: () => Lease): Promise<T> =>
      Promise.race([this.#travel(passage(), act), gaveUp(signal)]) as Promise<T>;
    return {
      get: <T extends KubeObject>(_type: unknown, _name: unknown, options?: { signal?: AbortSignal | undefined }) =>
        through<T>(options?.signal, () => server.get()),
      create: (_type, lease, options) => through(options?.signal, () => server.create(lease)),
      replace: (_type, lease, options) => through(options?.signal, () => server.replace(lease)),
    };
  }

  async #travel({ thereMs, backMs, lost }: Passage, act: () => Lease): Promise<Lease> {
    await this.#true.sleep(thereMs);
    if (lost === "there") await new Promise(() => {});
    const answer = attempt(act);
    await this.#true.sleep(backMs);
    if (lost === "back") await new Promise(() => {});
    await this.awake();
    if (answer instanceof Error) throw answer;
    return answer;
  }
}

function attempt(act: () => Lease): Lease | Error {
  try {
    return act();
  } catch (error) {
    return error as Error;
  }
}

function gaveUp(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = () => reject(new KubeError("given up", {}));
    if (signal?.aborted === true) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}
