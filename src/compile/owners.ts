import type { Adapter } from "../api/adapter.ts";
import type { ContractVersionSpec } from "../api/contractversion.ts";
import { everyClaim } from "./claims.ts";
import { adapterRef } from "./names.ts";
import type { Resources } from "./resources.ts";
import type { OwnedEntity, OwnershipConfig, WrittenEntities } from "./ownership.ts";
import type { ResolvedRoute } from "./routes.ts";

/** Tells of each adapter what it has to know of `resources`' ownership. */
export class Owners {
  readonly #entities: OwnedEntity[];
  readonly #adapters: readonly Adapter[];
  readonly #routes: readonly ResolvedRoute[];

  constructor({ dataDomains, adapters }: Pick<Resources, "dataDomains" | "adapters">, routes: ResolvedRoute[]) {
    this.#adapters = adapters;
    this.#routes = routes;
    this.#entities = everyClaim(dataDomains).map(
      ({ ownership: { entity, primary, fields = [], onConflict }, domain }) => ({
        entity,
        domain: domain.metadata.name,
        owner: domain.spec.owner,
        primary,
        fields: fields.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
        onConflict,
      }),
    );
  }

  /** For `adapter`, its routes, and the versions that it emits and replies with; undefined where nothing concerns it. */
  of(adapter: Adapter, own: ResolvedRoute[], said: ContractVersionSpec[]): OwnershipConfig | undefined {
    if (this.#entities.length === 0) return undefined;
    const emitted = said.some(({ fhir }) => fhir !== undefined) ? this.#foreignTo(adapter.spec.system) : [];
    const written = adapter.spec.fhir?.target && own.length > 0 ? this.#writtenFrom(this.#systemsOf(own)) : undefined;
    if (emitted.length === 0 && written === undefined) return undefined;
    return { ...(emitted.length > 0 && { emitted }), ...(written && { written }) };
  }

  #writtenFrom(systems: Record<string, string>): WrittenEntities | undefined {
    const senders = Object.values(systems);
    const entities = this.#entities.filter(
      (entity) => isSplit(entity) || senders.some((system) => system !== entity.primary),
    );
    return entities.length === 0 ? undefined : { entities, systems };
  }

  #foreignTo(system: string): OwnedEntity[] {
    return this.#entities.filter((e) => e.primary !== system || e.fields.some(({ primary }) => primary !== system));
  }

  #systemsOf(own: ResolvedRoute[]): Record<string, string> {
    const senders = this.#adapters.filter((adapter) => own.some((route) => this.#isSender(adapter, route)));
    const named = senders.map(({ metadata: { namespace = "default", name }, spec }) => [
      adapterRef({ namespace, name }),
      spec.system,
    ]);
    return Object.fromEntries(named.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1))) as Record<string, string>;
  }

  /** Messages of a route come from its own namespace, from who emits its contract or replies with it. */
  #isSender({ metadata: { namespace = "default", name }, spec }: Adapter, { namespace: own, route }: ResolvedRoute) {
    if (namespace !== own || route.adapters?.includes(name) === false) return false;
    if (spec.emits?.some(({ contract }) => contract === route.contract) === true) return true;
    return this.#routes.some(
      (each) => each.namespace === own && each.target === name && each.route.reply?.contract === route.contract,
    );
  }
}

const isSplit = ({ primary, fields }: OwnedEntity): boolean => fields.some((field) => field.primary !== primary);
