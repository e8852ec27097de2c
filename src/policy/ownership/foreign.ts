import { contractVersionName } from "../../api/contractversionname.ts";
import type { Adapter } from "../../api/adapter.ts";
import type { OnConflict } from "../../api/datadomain.ts";
import type { EntityClaim } from "../../compile/claims.ts";
import { adapterNamed } from "../../compile/find.ts";
import { nameOf } from "../inuse.ts";
import type { Finding, Resource, Rule, World } from "../rule.ts";
import { claimsOn, hasEntities } from "./entities.ts";

/**
 * What a system does not own it does not say: neither as a source nor in a reply. A system that owns fields of an entity
 * may emit it, and is warned of what becomes of the rest.
 */
export const FOREIGN_FIELD: Rule = {
  id: "ownership/foreign-field",
  judges: "State",
  check({ new: resource, now }, others) {
    if (resource === undefined || !hasEntities(others)) return [];
    return emissionsOf(resource, others).flatMap((emission) =>
      claimsOn(emission, others, now).flatMap((claim) => findingOf(emission, claim) ?? []),
    );
  },
};

/** Something that comes to the hub from an Adapter. */
interface Emission {
  adapter: Adapter;
  contract: string;
  version: string;
  path: string;
}

function emissionsOf(resource: Resource, others: World): Emission[] {
  if (resource.kind === "Adapter") {
    const emits = resource.spec.emits ?? [];
    return emits.map(({ contract, version }, i) => ({
      adapter: resource,
      contract,
      version,
      path: `spec.emits[${i}]`,
    }));
  }
  if (resource.kind !== "Integration") return [];
  return (resource.spec.event?.to ?? []).flatMap(({ adapter: name, reply }, i) => {
    const adapter = reply && adapterNamed({ namespace: resource.metadata.namespace, name }, others.adapters);
    if (!adapter) return [];
    return [{ adapter, contract: reply.contract, version: reply.version, path: `spec.event.to[${i}].reply` }];
  });
}

/** What becomes of a message with it. */
const BECOMES: Record<OnConflict, string> = {
  Reject: "Messages with it are rejected",
  Quarantine: "Messages with it go to quarantine",
  Strip: "It is taken out of messages",
};

function findingOf(emission: Emission, { ownership, domain }: EntityClaim): Finding | undefined {
  const { adapter, contract, version, path } = emission;
  const { entity, primary, fields = [], onConflict } = ownership;
  const { system } = adapter.spec;
  const source = `${nameOf(adapter)}, which acts as the system ${system},`;
  const carrier = contractVersionName({ contract, version });
  const said = `by DataDomain ${domain.metadata.name} (owner: ${domain.spec.owner})`;
  const own = fields.filter((field) => field.primary === system).map((field) => field.path);
  if (primary !== system && own.length === 0) {
    const message =
      `${source} may not emit ${carrier}: it carries ${entity}, which belongs to the system ${primary} ${said}. Leave ` +
      `${entity} out of the contract, or ask that owner to give ${system} its fields in spec.entities`;
    return { severity: "Deny", path, message };
  }
  const foreign = fields.filter((field) => field.primary !== system).map((each) => `${each.path} (${each.primary})`);
  const rest = primary === system ? foreign : [`all but ${own.join(", ")} of ${entity} (${primary})`, ...foreign];
  if (rest.length === 0) return undefined;
  const message =
    `${source} does not own everything in ${carrier}: ${rest.join(", ")} belongs to others ${said}. ` +
    `${BECOMES[onConflict]}: leave it out in the mapping`;
  return { severity: "Warn", path, message };
}
