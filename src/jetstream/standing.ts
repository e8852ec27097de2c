import type { KV } from "@nats-io/kv";
import { contentHash } from "../base/hash.ts";
import { CONFIG_BUCKET, STANDING_KEYS, standingKey } from "../compile/names.ts";
import { type BucketSize, bucketSubject, streamOf } from "./bucket.ts";
import { PART_CHARS, configBucket } from "./config.ts";
import { hubError } from "./errors.ts";
import type { Hub } from "./hub.ts";

/** A text that is kept under a name. */
export interface Standing {
  id: string;
  /** Another one for each text of this name. */
  revision: string;
  text(): string;
}

/** Reads and writes that are under way at once. */
const AT_ONCE = 64;

/**
 * What the control plane remembers from one process to the next, beside the configurations that it has written. A text's
 * parts are written before those of the one before are taken away: where that was cut off, one of them is whole.
 */
export class StandingStore {
  readonly #hub: Hub;
  readonly #kv: KV;
  /** Keys of parts that are there, by name and revision, hashed. */
  readonly #keys: Map<string, Map<string, string[]>>;
  /** Revisions by name, once they are known to be there. */
  readonly #written = new Map<string, string>();

  private constructor(hub: Hub, kv: KV, keys: Map<string, Map<string, string[]>>) {
    this.#hub = hub;
    this.#kv = kv;
    this.#keys = keys;
  }

  /** Makes the bucket where it is missing. */
  static async open(hub: Hub, size: BucketSize): Promise<StandingStore> {
    const kv = await configBucket(hub, size);
    return asked(async () => {
      const keys = new Map<string, Map<string, string[]>>();
      for await (const key of await kv.keys(STANDING_KEYS)) {
        const [, name = "", revision = ""] = key.split(".");
        const revisions = keys.get(name) ?? new Map<string, string[]>();
        keys.set(name, revisions.set(revision, [...(revisions.get(revision) ?? []), key]));
      }
      return new StandingStore(hub, kv, keys);
    });
  }

  /** Every text that is there. */
  read(): Promise<string[]> {
    return asked(async () => {
      const texts: string[] = [];
      await inTurns([...this.#keys.values()], async (revisions) => texts.push(...(await this.#latest(revisions))));
      return texts;
    });
  }

  /** Keeps the texts of `wanted`, and no others. What is there already is not written again. */
  write(wanted: readonly Standing[]): Promise<void> {
    return asked(async () => {
      const ids = new Set(wanted.map(({ id }) => id));
      const gone = [...this.#written.keys()].filter((id) => !ids.has(id));
      const names = this.#written.size === 0 ? this.#strangers(ids) : gone.map((id) => contentHash(id));
      // First of all: what is deleted makes room in a bucket that is full.
      await inTurns(names, (name) => this.#keepOnly(name, undefined));
      for (const id of gone) this.#written.delete(id);
      await inTurns(
        wanted.filter(({ id, revision }) => this.#written.get(id) !== revision),
        (each) => this.#put(each),
      );
    });
  }

  /** What a process before this one has left of what is gone. */
  #strangers(ids: ReadonlySet<string>): string[] {
    const names = new Set([...ids].map((id) => contentHash(id)));
    return [...this.#keys.keys()].filter((name) => !names.has(name));
  }

  async #put({ id, revision: of, text }: Standing): Promise<void> {
    const [name, revision] = [contentHash(id), contentHash(of)];
    const there = this.#keys.get(name) ?? new Map<string, string[]>();
    if (!isWhole(there.get(revision))) {
      const whole = text();
      const count = Math.ceil(whole.length / PART_CHARS);
      const keys = Array.from({ length: count }, (_, part) => standingKey(name, revision, part, count));
      for (const [part, key] of keys.entries())
        await this.#kv.put(key, whole.slice(part * PART_CHARS, (part + 1) * PART_CHARS));
      this.#keys.set(name, there.set(revision, keys));
    }
    if (there.size > 1) await this.#keepOnly(name, revision);
    this.#written.set(id, of);
  }

  async #keepOnly(name: string, revision: string | undefined): Promise<void> {
    const there = this.#keys.get(name) ?? new Map<string, string[]>();
    for (const [other, keys] of there) {
      if (other === revision) continue;
      for (const key of keys) await this.#remove(key);
      there.delete(other);
    }
    if (there.size === 0) this.#keys.delete(name);
  }

  /** Without the marker that a bucket leaves of what was deleted: nobody asks for these keys again. */
  async #remove(key: string): Promise<void> {
    await this.#hub.jsm.streams.purge(streamOf(CONFIG_BUCKET), { filter: bucketSubject(CONFIG_BUCKET, key) });
  }

  /** Of several that are whole, the one that was written last. */
  async #latest(revisions: ReadonlyMap<string, string[]>): Promise<string[]> {
    let latest: { text: string; written: number } | undefined;
    for (const keys of [...revisions.values()].filter(isWhole)) {
      const entries = await Promise.all(keys.toSorted(byPart).map((key) => this.#kv.get(key)));
      const written = entries[0]?.revision ?? 0;
      if (latest === undefined || written > latest.written)
        latest = { text: entries.map((entry) => entry?.string() ?? "").join(""), written };
    }
    return latest === undefined ? [] : [latest.text];
  }
}

/** Which part it is, and of how many. */
const numbersOf = (key: string): number[] => key.split(".").slice(3).map(Number);
const byPart = (a: string, b: string): number => (numbersOf(a)[0] ?? 0) - (numbersOf(b)[0] ?? 0);

const isWhole = (keys: readonly string[] = []): boolean => keys.length === numbersOf(keys[0] ?? "")[1];

async function inTurns<T>(all: readonly T[], work: (each: T) => Promise<unknown>): Promise<void> {
  const left = all.values();
  const worker = async () => {
    for (const each of left) await work(each);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function asked<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (cause) {
    throw hubError(cause, CONFIG_BUCKET);
  }
}
