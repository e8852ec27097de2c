import type { Adapter } from "../../api/adapter.ts";
import { adapterKind } from "../../api/adapter-kind.ts";
import type { ContractVersion } from "../../api/contractversion.ts";
import { contractVersionKind } from "../../api/contractversion-kind.ts";
import type { Integration } from "../../api/integration.ts";
import { integrationKind } from "../../api/integration-kind.ts";
import type { KindInfo } from "../../api/meta.ts";
import type { Resource, Verdict, World } from "../../policy/rule.ts";
import { readResource } from "./resource.ts";

/** Objects as the API server stores them, by kind: what caches hold. */
export interface Objects {
  contractVersions: readonly object[];
  adapters: readonly object[];
  integrations: readonly object[];
}

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

  world({ contractVersions, adapters, integrations }: Objects): World {
    return {
      contractVersions: this.#all(contractVersionKind, contractVersions) as ContractVersion[],
      adapters: this.#all(adapterKind, adapters) as Adapter[],
      integrations: this.#all(integrationKind, integrations) as Integration[],
      // Adapters run in pods.
      sharedAddress: false,
    };
  }

  /** What `world` leaves out. */
  unreadable({ contractVersions, adapters, integrations }: Objects): Unreadable[] {
    return [
      ...this.#faulty(contractVersionKind, contractVersions),
      ...this.#faulty(adapterKind, adapters),
      ...this.#faulty(integrationKind, integrations),
    ];
  }

  #all(kind: KindInfo, objects: readonly object[]): Resource[] {
    return objects.flatMap((object) => this.#one(kind, object).resource ?? []);
  }

  #faulty(kind: KindInfo, objects: readonly object[]): Unreadable[] {
    return objects.flatMap((object) => {
      const { resource, verdicts } = this.#one(kind, object);
      const { metadata } = object as Pick<Unreadable, "metadata">;
      return resource === undefined ? [{ kind: kind.kind, metadata, faults: verdicts }] : [];
    });
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
