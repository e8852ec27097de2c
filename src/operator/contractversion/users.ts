import type { ContractVersion } from "../../api/contractversion.ts";
import type { Clock } from "../../base/clock.ts";
import { usersOf } from "../../policy/inuse.ts";
import { type Used, type User, usedBy } from "../../policy/uses.ts";
import type { WorldReader } from "../admission/world.ts";
import { type KubeObject, keyOf } from "../kube/resource.ts";
import type { Cache } from "../manager/cache.ts";
import type { Index } from "../manager/store.ts";
import { type Watch, mapped, specChanged } from "../manager/watches.ts";

/** As stored, defaults filled in, yet not read by our schema: any part may be missing. */
interface Naming extends KubeObject {
  status?: { [field: string]: unknown };
  spec?: {
    contract?: string;
    emits?: { contract?: string }[];
    accepts?: { contract?: string }[];
    event?: { from?: { contract?: string }; to?: { reply?: { contract?: string } }[] };
  };
}

const CONTRACT = "contract";

/** Index of the caches of all three kinds: what a ContractVersion is of, and what Adapters and Integrations name. */
export const byContract: Record<typeof CONTRACT, Index<Naming>> = { [CONTRACT]: contractsOf };

function contractsOf({ spec = {} }: Naming): string[] {
  const { contract, emits = [], accepts = [], event = {} } = spec;
  const named = [...emits, ...accepts, ...(event.to ?? []).map(({ reply }) => reply)].map((each) => each?.contract);
  return [...new Set([contract, event.from?.contract, ...named])].filter((each) => each !== undefined);
}

export interface UserCaches {
  contractVersions: Cache<Naming>;
  adapters: Cache<Naming>;
  integrations: Cache<Naming>;
}

/** Who uses which ContractVersion, found among those that name its contract. */
export class Users {
  readonly #caches: UserCaches;
  readonly #reader: WorldReader;
  readonly #clock: Pick<Clock, "now">;

  /** The caches have the index `byContract`. */
  constructor(caches: UserCaches, reader: WorldReader, clock: Pick<Clock, "now">) {
    this.#caches = caches;
    this.#reader = reader;
    this.#clock = clock;
  }

  /** `version` as a resource; undefined where it can't be read. */
  read(version: KubeObject): ContractVersion | undefined {
    return this.#reader.world({ contractVersions: [version] }).contractVersions[0];
  }

  /** Who is being deleted is a user until it is gone; a version that is, replaces no other. */
  of(version: KubeObject): User[] {
    const read = this.read(version);
    if (!read) return [];
    const { contractVersions, adapters, integrations } = this.#caches;
    const { contract } = read.spec;
    const staying = contractVersions
      .byIndex(CONTRACT, contract)
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const others = this.#reader.world({
      contractVersions: staying,
      adapters: adapters.byIndex(CONTRACT, contract),
      integrations: integrations.byIndex(CONTRACT, contract),
    });
    return usersOf(read, others, this.#clock.now());
  }

  /** The versions that an Adapter or Integration uses, and where it says so. */
  usedBy(object: KubeObject): Used<ContractVersion>[] {
    const versions = contractsOf(object as Naming).flatMap((contract) =>
      this.#caches.contractVersions.byIndex(CONTRACT, contract),
    );
    const field = object.kind === "Adapter" ? "adapters" : "integrations";
    const world = this.#reader.world({ contractVersions: versions, [field]: [object] });
    return [...world.adapters, ...world.integrations].flatMap((user) =>
      usedBy(user, world.contractVersions, this.#clock.now()),
    );
  }

  /** Wakes those in `users` that name the contract of a version which changes, or comes into another phase. */
  watchOf<T extends KubeObject>(users: Cache<T>): Watch {
    const keysOf = ({ spec }: Naming) =>
      users.byIndex(CONTRACT, spec?.contract ?? "").map(({ metadata }) => keyOf(metadata));
    return mapped(this.#caches.contractVersions, keysOf, { when: isOther });
  }

  /** Wakes the versions of a contract when anything that names it comes, goes or changes. */
  watches(): Watch[] {
    const { contractVersions } = this.#caches;
    const versionsOf = (object: Naming) =>
      contractsOf(object)
        .flatMap((contract) => contractVersions.byIndex(CONTRACT, contract))
        .map(({ metadata }) => keyOf(metadata));
    return Object.values(this.#caches).map((cache: Cache<Naming>) => mapped(cache, versionsOf, { when: isOther }));
  }
}

/** Another spec or, of a version, another phase: what was a substitute for others may be none any more. */
const isOther = (object: Naming, old: Naming): boolean =>
  specChanged(object, old) || object.status?.["phase"] !== old.status?.["phase"];
