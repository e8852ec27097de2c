import type { OnConflict } from "../api/datadomain.ts";

/** What domains say of who owns what, as far as it changes what one adapter does. */
export interface OwnershipConfig {
  /**
   * Entities of which the adapter's system does not own everything. Only of an adapter that sends FHIR to the hub, and then
   * all of them: any resource may hold any other, contained. By name.
   */
  emitted?: OwnedEntity[];
  /** Of an adapter that writes into a FHIR server: what it must know not to write what is another system's. */
  written?: WrittenEntities;
}

export interface WrittenEntities {
  /** Entities of which `systems` do not own everything, or other systems than the primary one own fields, by name. */
  entities: OwnedEntity[];
  /** Which system each adapter acts as that messages of its routes may come from: `<namespace>/<name>` to system. */
  systems: Record<string, string>;
}

/** Who owns an entity, and which fields of it others own. */
export interface OwnedEntity {
  /** FHIR resource type. */
  entity: string;
  /** The DataDomain that says so, and who answers for that. */
  domain: string;
  owner: string;
  /** The system that owns everything but `fields`. */
  primary: string;
  /**
   * Elements, each with everything below it (`Patient.telecom`), and the system that owns it; where one stands below
   * another the longer path counts. By path.
   */
  fields: { path: string; primary: string }[];
  /** What becomes of a message whose sender says of it what is another's. */
  onConflict: OnConflict;
}
