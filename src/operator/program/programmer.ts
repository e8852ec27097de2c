import { FasciaError } from "../../base/errors.ts";
import type { AdapterName } from "../../compile/names.ts";
import type { Audit } from "../../jetstream/audit/trail.ts";
import { type Hub, type HubAddress, closeHub, connectHub } from "../../jetstream/hub.ts";
import { HubProgram } from "../../jetstream/program.ts";
import type { Cut } from "../../jetstream/waiting.ts";
import type { Health } from "../../telemetry/health.ts";
import type { WorldReader } from "../admission/world.ts";
import { DRAIN, IN_USE, isDeleting, isHeld } from "../kube/finalizers.ts";
import type { KubeObject } from "../kube/resource.ts";
import type { Cache } from "../manager/cache.ts";
import { Controller, type ControllerDeps } from "../manager/controller.ts";
import type { Runnable } from "../manager/runnable.ts";
import type { AdapterFacts } from "../status/adapter.ts";
import { mapped, specChanged } from "../manager/watches.ts";
import { Beginnings } from "./begun.ts";
import { type JudgedResources, inEffectByStatus, judgedOf } from "./judged.ts";
import { type KnownResources, knownOf } from "./known.ts";
import { Memory } from "./memory.ts";
import { type Programmable, Sound } from "./sound.ts";
import { Tried } from "./tried.ts";

/** Resources that the hub is programmed by. */
export interface ProgramCaches {
  dataDomains: Cache<KubeObject>;
  adapterClasses: Cache<KubeObject>;
  contractVersions: Cache<KubeObject>;
  adapters: Cache<KubeObject>;
  integrations: Cache<KubeObject>;
  policyExceptions: Cache<KubeObject>;
}

export interface ProgrammerOptions {
  caches: ProgramCaches;
  reader: WorldReader;
  hub: HubAddress;
  /** Copies of each stream. */
  replicas: number;
  /** What is known of the server's store. */
  lookAtStore(): Promise<HubStore>;
  /** Told of streams and consumers (`<stream>/<name>`) that somebody had deleted or changed, and that are as planned again. */
  mended?(names: readonly string[]): void;
  /** Told what the rules say of the resources, when the hub holds what came of them, and when it could not be brought to. */
  state: {
    judged(judged: JudgedResources): void;
    connected(store: HubStore): void;
    succeeded(known: KnownResources): void;
    failed(error: unknown): void;
  };
  /** Told of what is denied of what is there, and of exceptions that let it pass, when that begins. */
  audit: Audit;
}

/** The file store behind the hub. */
export interface HubStore {
  /** Its size, where that is known. */
  storeBytes?: number;
  durable: AdapterFacts["durable"];
}

export interface ProgrammerDeps extends ControllerDeps {
  health: Health;
}

/** Component of the process's health. */
const HUB = "hub";

/** All resources are programmed together: which streams, filters and configurations there are follows from all of them. */
const EVERYTHING = "everything";
/** A hub that nothing could be asked of for so long is one that this process has lost. */
const FRESH_MS = 150_000;
/** What was changed in the hub by hand is mended within this time at the latest. */
const RESYNC_MS = 60_000;
const RETRY = { initialMs: 250, maxMs: 15_000 };

/** Writes what the resources come to into the hub: streams, consumers, and each Adapter's configuration. */
export class Programmer implements Runnable {
  readonly name = "program";
  readonly #options: ProgrammerOptions;
  readonly #deps: ProgrammerDeps;
  readonly #controller: Controller;
  /** Undefined until the hub has told what is in effect. */
  #sound: Sound | undefined;
  readonly #tried = new Tried();
  readonly #beginnings = new Beginnings();
  /** Uids of Adapters that have ended draining. */
  readonly #leaving = new Set<string | undefined>();
  #open: { hub: Hub; program: HubProgram } | undefined;

  constructor(options: ProgrammerOptions, deps: ProgrammerDeps) {
    this.#options = options;
    this.#deps = deps;
    const watches = Object.values(options.caches).map((cache: Cache<KubeObject>) =>
      mapped(cache, () => [EVERYTHING], { when: (object, old) => specChanged(counting(object), counting(old)) }),
    );
    const reconcile = () => this.#tellingFailures();
    this.#controller = new Controller({ name: "program", watches, reconcile, concurrency: 1, backoff: RETRY }, deps);
  }

  start(): Promise<void> {
    this.#deps.health.expect(HUB, FRESH_MS);
    // Nothing at all is a program, too: what was deleted while nobody looked has to go.
    this.#controller.enqueue(EVERYTHING);
    return this.#controller.start();
  }

  async stop(): Promise<void> {
    await this.#controller.stop();
    await this.#close();
    this.#deps.health.forget(HUB);
  }

  /** The connection that is open now. */
  get hub(): Hub | undefined {
    return this.#open?.hub;
  }

  /** The hub is to be programmed without this Adapter, which is being deleted, from now on. */
  leaveOut({ metadata }: KubeObject): void {
    if (this.#leaving.has(metadata.uid)) return;
    this.#leaving.add(metadata.uid);
    this.#controller.enqueue(EVERYTHING);
  }

  /** See `HubProgram`, which these pass on to. They reject with `HubUnavailable` while there is none. */
  async cutOf(adapter: AdapterName): Promise<Cut> {
    return this.#connected().cutOf(adapter);
  }

  async waitingFor(adapter: AdapterName, cut: Cut): Promise<number> {
    return this.#connected().waitingFor(adapter, cut);
  }

  async discard(adapter: AdapterName): Promise<void> {
    return this.#connected().discard(adapter);
  }

  async #tellingFailures(): Promise<{ requeueAfterMs: number }> {
    try {
      return await this.#program();
    } catch (error) {
      this.#options.state.failed(error);
      throw error;
    }
  }

  async #program(): Promise<{ requeueAfterMs: number }> {
    const { caches, reader, state } = this.#options;
    const objects = {
      dataDomains: caches.dataDomains.list().filter((domain) => isHeld(domain, IN_USE)),
      adapterClasses: caches.adapterClasses.list(),
      contractVersions: caches.contractVersions.list().filter((version) => isHeld(version, IN_USE)),
      adapters: this.#adapters(),
      integrations: caches.integrations.list().filter((integration) => !isDeleting(integration)),
      policyExceptions: caches.policyExceptions.list(),
    };
    const all = Object.values(objects).flat();
    const unreadable = reader.unreadable(objects);
    const world = reader.world(objects);
    const tried = await this.#tried.rules(world.contractVersions, this.#deps.clock.now());
    const now = this.#deps.clock.now();
    const judged = (sound: Sound) => {
      const compiled = sound.compile(world, unreadable, now, inEffectByStatus(all), tried);
      state.judged(judgedOf(all, compiled.denials));
      // Without knowing what is in effect nobody can say whether it goes on.
      if (sound === this.#sound) this.#record(compiled, now);
      return compiled;
    };
    // Told before the hub is there, and though it may be away: nothing is made for what is denied.
    const before = this.#sound && judged(this.#sound);
    const program = await this.#opened().catch((error: unknown) => {
      if (before === undefined) judged(new Sound());
      throw error;
    });
    const sound = (this.#sound ??= new Sound(new Memory(await program.recall())));
    const compiled = before ?? judged(sound);
    const conflicts = await program.write(compiled, sound.standing()).catch(async (error: unknown) => {
      // The hub may have come back empty, without its buckets: the next try begins with them.
      await this.#close();
      throw error;
    });
    state.succeeded(knownOf(all, compiled, conflicts));
    this.#deps.health.beat(HUB);
    const retry = (this.#tried.nextRetry ?? Infinity) - this.#deps.clock.now();
    return { requeueAfterMs: Math.max(0, Math.min(RESYNC_MS, retry)) };
  }

  #record(compiled: Programmable, now: number): void {
    for (const { record, once } of this.#beginnings.of(compiled, now)) this.#options.audit.record(record, once);
  }

  /** Those that are being deleted count until they have drained. */
  #adapters(): KubeObject[] {
    const all = this.#options.caches.adapters.list();
    const there = new Set(all.map(({ metadata }) => metadata.uid));
    for (const uid of this.#leaving) if (!there.has(uid)) this.#leaving.delete(uid);
    return all.filter((adapter) => isHeld(adapter, DRAIN) && !this.#leaving.has(adapter.metadata.uid));
  }

  #connected(): HubProgram {
    if (!this.#open) throw new FasciaError("HubUnavailable", "the hub is not connected");
    return this.#open.program;
  }

  async #opened(): Promise<HubProgram> {
    if (this.#open) return this.#open.program;
    const { hub: address, replicas, lookAtStore, mended, state } = this.#options;
    const { clock, log } = this.#deps;
    const hub = await connectHub(address, "fascia_operator");
    try {
      const store = await lookAtStore();
      state.connected(store);
      const bound = store.storeBytes === undefined ? {} : { storeBytes: store.storeBytes };
      const program = await HubProgram.open({ hub, replicas, clock, log, ...bound, ...(mended && { mended }) });
      program.startRetention();
      this.#open = { hub, program };
      return program;
    } catch (error) {
      await closeHub(hub);
      throw error;
    }
  }

  async #close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.program.stop();
    if (open) await closeHub(open.hub);
  }
}

/** As far as the program goes by it: finalizers count only since the deletion. */
function counting(object: KubeObject): KubeObject {
  if (isDeleting(object)) return object;
  const { finalizers: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
