import { type ContractUse, contractUses } from "../../api/contractversion-status.ts";
import { KINDS } from "../../api/kinds.ts";
import type { KindInfo } from "../../api/meta.ts";
import { FIELDS, type Resources, byKind } from "../../compile/resources.ts";
import type { Resource, Verdict, World } from "../../policy/rule.ts";
import { readResource } from "./resource.ts";

/** Objects as the API server stores them, by kind: what caches hold. A kind that is left out has none. */
export type Objects = { readonly [Field in keyof Resources]?: readonly object[] };

type Read = ReturnType<typeof readResource>;

/** A stored object that is no resource of today's, though its CRD let it pass, and why. */
export interface Unreadable {
  kind: string;
  metadata: Resource["metadata"];
  faults: readonly Pick<Verdict, "path" | "message">[];
}

/**
 * Makes of stored objects the world that rules see. What was stored under an older schema and can no longer be read is
 * left out: one such object must not keep all others from being judged. Each object is read once, so that asking for
 * every request costs little; an object that changed is another object.
 */
export class WorldReader {
  readonly #read = new WeakMap<object, Read>();
  /** By what is stored: who compiled a spec knows it again after a change of status. */
  readonly #specs = new WeakMap<object, Resource["spec"]>();

  readonly #uses = new WeakMap<object, readonly ContractUse[] | undefined>();

  world(objects: Objects): World {
    const readable = this.#each(objects, (kind, object) => this.#one(kind, object).resource ?? []);
    // Adapters run in pods.
    return { ...byKind(readable), sharedAddress: false, uses: this.#usesOf(objects.contractVersions ?? []) };
  }

  /** The operator's own account. What it can't have written is none. */
  #usesOf(versions: readonly object[]): Map<string, readonly ContractUse[]> {
    const known = new Map<string, readonly ContractUse[]>();
    for (const version of versions) {
      const uses = this.#usesIn(version);
      if (uses !== undefined) known.set((version as Unreadable).metadata.name, uses);
    }
    return known;
  }

  #usesIn(version: { status?: { uses?: unknown } }): readonly ContractUse[] | undefined {
    if (!this.#uses.has(version)) this.#uses.set(version, contractUses.safeParse(version.status?.uses).data);
    return this.#uses.get(version);
  }

  /** What `world` leaves out. */
  unreadable(objects: Objects): Unreadable[] {
    return this.#each(objects, (kind, object) => {
      const { resource, verdicts } = this.#one(kind, object);
      const { metadata } = object as Pick<Unreadable, "metadata">;
      return resource === undefined ? [{ kind: kind.kind, metadata, faults: verdicts }] : [];
    });
  }

  #each<R>(objects: Objects, read: (kind: KindInfo, object: object) => R | R[]): R[] {
    return KINDS.flatMap((kind) =>
      (objects[FIELDS[kind.kind as Resource["kind"]]] ?? []).flatMap((object) => read(kind, object)),
    );
  }

  #one(kind: KindInfo, object: { spec?: unknown }): Read {
    const before = this.#read.get(object);
    if (before !== undefined) return before;
    const { resource, verdicts } = readResource(kind, object);
    const read =
      resource === undefined ? { verdicts } : { verdicts, resource: this.#sharing(resource, object.spec as object) };
    this.#read.set(object, read);
    return read;
  }

  #sharing(resource: Resource, stored: object): Resource {
    const spec = this.#specs.get(stored) ?? resource.spec;
    this.#specs.set(stored, spec);
    return { ...resource, spec } as Resource;
  }
}
