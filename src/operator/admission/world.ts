import type { Adapter } from "../../api/adapter.ts";
import { adapterKind } from "../../api/adapter-kind.ts";
import type { ContractVersion } from "../../api/contractversion.ts";
import { contractVersionKind } from "../../api/contractversion-kind.ts";
import type { Integration } from "../../api/integration.ts";
import { integrationKind } from "../../api/integration-kind.ts";
import type { KindInfo } from "../../api/meta.ts";
import type { Resource, World } from "../../policy/rule.ts";
import { readResource } from "./resource.ts";

/** Objects as the API server stores them, by kind: what caches hold. */
export interface Objects {
  contractVersions: readonly object[];
  adapters: readonly object[];
  integrations: readonly object[];
}

/**
 * Makes of stored objects the world that rules see. What was stored under an older schema and can no longer be read is
 * left out: one such object must not keep all others from being judged. Each object is read once, so that asking for
 * every request costs little; an object that changed is another object.
 */
export class WorldReader {
  readonly #read = new WeakMap<object, Resource | typeof UNREADABLE>();
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

  #all(kind: KindInfo, objects: readonly object[]): Resource[] {
    const resources: Resource[] = [];
    for (const object of objects) {
      const known = this.#read.get(object) ?? this.#one(kind, object);
      if (known !== UNREADABLE) resources.push(known);
    }
    return resources;
  }

  #one(kind: KindInfo, object: { spec?: unknown }): Resource | typeof UNREADABLE {
    const { resource } = readResource(kind, object);
    const known = resource === undefined ? UNREADABLE : this.#sharing(resource, object.spec as object);
    this.#read.set(object, known);
    return known;
  }

  #sharing(resource: Resource, stored: object): Resource {
    const spec = this.#specs.get(stored) ?? resource.spec;
    this.#specs.set(stored, spec);
    return { ...resource, spec } as Resource;
  }
}

const UNREADABLE = Symbol("unreadable");
