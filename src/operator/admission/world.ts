import { type ContractUse, contractUses } from "../../api/contractversion-status.ts";
import { KINDS } from "../../api/kinds.ts";
import type { KindInfo } from "../../api/meta.ts";
import { FIELDS, type Resources } from "../../compile/resources.ts";
import type { Resource, Verdict, World } from "../../policy/rule.ts";
import type { Reason } from "../status/reasons.ts";
import { readResource } from "./resource.ts";

/** Objects as the API server stores them, by kind: what caches hold. A kind that is left out has none. */
export type Objects = { readonly [Field in keyof Resources]?: readonly object[] };

/** As the CRD lets it be stored. */
interface Told {
  metadata: Resource["metadata"];
  status?: { conditions?: { type: string; reason: string; observedGeneration?: number }[] };
}

type Uses = ReadonlyMap<string, readonly ContractUse[]>;
type Read = ReturnType<typeof readResource>;

/** A stored object that is no resource of today's, though its CRD let it pass, and why. */
export interface Unreadable {
  kind: string;
  metadata: Resource["metadata"];
  faults: readonly Pick<Verdict, "path" | "message">[];
}

/**
 * Makes of stored objects the world that rules see. What was stored under an older schema and can no longer be read is
 * left out: one such object must not keep all others from being judged. Each object is read once, and each list gone
 * through once, so that asking for every request costs next to nothing: what changed is another object, in another list.
 */
export class WorldReader {
  readonly #read = new WeakMap<object, Read>();
  /** By what is stored: who compiled a spec knows it again after a change of status. */
  readonly #specs = new WeakMap<object, Resource["spec"]>();
  readonly #uses = new WeakMap<object, readonly ContractUse[] | undefined>();
  /** By list of stored objects. */
  readonly #lists = new WeakMap<readonly object[], Resource[]>();
  readonly #denied = new WeakMap<readonly object[], ReadonlySet<string>>();
  readonly #accounts = new WeakMap<readonly object[], Uses>();

  world(objects: Objects): World {
    const lists = KINDS.map((kind) => {
      const field = fieldOf(kind);
      const stored = objects[field] ?? [];
      return [field, once(this.#lists, stored, () => this.#readable(kind, stored))];
    });
    const versions = objects.contractVersions ?? [];
    const uses = once(this.#accounts, versions, () => this.#usesOf(versions));
    const domains = objects.dataDomains ?? [];
    const denied = once(this.#denied, domains, () => deniedAmong(domains));
    // Adapters run in pods.
    return { ...(Object.fromEntries(lists) as Resources), sharedAddress: false, uses, denied };
  }

  #readable(kind: KindInfo, stored: readonly object[]): Resource[] {
    return stored.map((object) => this.#one(kind, object).resource).filter((resource) => resource !== undefined);
  }

  /** The operator's own account. What it can't have written is none. */
  #usesOf(versions: readonly object[]): Uses {
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
    return KINDS.flatMap((kind) =>
      (objects[fieldOf(kind)] ?? []).flatMap((object) => {
        const { resource, verdicts } = this.#one(kind, object);
        const { metadata } = object as Pick<Unreadable, "metadata">;
        return resource === undefined ? [{ kind: kind.kind, metadata, faults: verdicts }] : [];
      }),
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

const fieldOf = ({ kind }: KindInfo): keyof Resources => FIELDS[kind as Resource["kind"]];

/** Names of those that the operator has said a rule denies, as they stand. */
function deniedAmong(domains: readonly object[]): Set<string> {
  const denied = (domains as Told[]).filter(({ metadata, status }) =>
    status?.conditions?.some(
      ({ type, reason, observedGeneration }) =>
        type === "Ready" && reason === DENIED && observedGeneration === metadata["generation"],
    ),
  );
  return new Set(denied.map(({ metadata }) => metadata.name));
}

const DENIED: Reason = "PolicyDenied";

function once<K extends object, V>(known: WeakMap<K, V>, key: K, make: () => V): V {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
