/** Which systems own an entity: its primary one everything but `fields`, where of two the longer path counts. */
export interface Owners {
  /** FHIR resource type. */
  entity: string;
  primary: string;
  /** Elements, e.g. `Patient.telecom`, each with everything below it. */
  fields: readonly { path: string; primary: string }[];
}

/** An element as the matrix sees it, with everything below it that is not in `within`. */
export interface Territory {
  /** Whether it belongs to the system. */
  isOwn: boolean;
  /** Whether what is below it belongs partly to the system and partly to others. */
  isMixed: boolean;
  /** What the matrix names that decides it: `Patient`, or `Patient.telecom`. */
  path: string;
  within: Map<string, Territory>;
}

export interface Claim {
  entity: string;
  root: Territory;
}

/** What one system may say, by resource type. A type that is not in it is anybody's. */
export type OwnershipPlan = ReadonlyMap<string, Claim>;

export const ownershipPlan = (entities: readonly Owners[], system: string): OwnershipPlan =>
  new Map(entities.map((owners) => [owners.entity, { entity: owners.entity, root: rootOf(owners, system) }]));

function rootOf({ entity, primary, fields }: Owners, system: string): Territory {
  const root = territory(entity, primary === system);
  // What is above comes first: what is below takes after it.
  for (const { path, primary: owner } of fields.toSorted((a, b) => a.path.length - b.path.length)) {
    let at = root;
    for (const name of path.split(".").slice(1)) {
      const next = at.within.get(name) ?? territory(at.path, at.isOwn);
      at.within.set(name, next);
      at = next;
    }
    at.path = path;
    at.isOwn = owner === system;
  }
  mark(root);
  return root;
}

const territory = (path: string, isOwn: boolean): Territory => ({
  path,
  isOwn,
  isMixed: false,
  within: new Map(),
});

function mark(at: Territory): void {
  for (const below of at.within.values()) {
    mark(below);
    at.isMixed ||= below.isMixed || below.isOwn !== at.isOwn;
  }
}
