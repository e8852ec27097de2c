import type { Compiled } from "../../compile/compile.ts";
import type { Problem } from "../../compile/resources.ts";
import type { Changes } from "../../jetstream/topology.ts";
import type { KubeObject } from "../kube/resource.ts";
import { concerns, resourceId } from "./concerns.ts";

/** What came of one resource when the hub was programmed. */
export interface Known {
  uid: string | undefined;
  /** Which generation was taken into account. */
  generation: number | undefined;
  /** What keeps it, or parts of it, from taking effect. */
  problems: readonly Problem[];
  /** Differences in the hub that concern it and can't be changed: for a person to decide. */
  conflicts: readonly string[];
  /** Of an Adapter: revision of its configuration. */
  revision: string | undefined;
}

/** Every resource that the hub was programmed by, by `resourceId`. */
export type KnownResources = ReadonlyMap<string, Known>;

/** What is known of each of `objects` now that the hub was brought to hold what they were compiled to. */
export function knownOf(
  objects: readonly KubeObject[],
  { problems, configs }: Pick<Compiled, "problems" | "configs">,
  conflicts: Changes["conflicts"],
): KnownResources {
  const problemsOf = Map.groupBy(problems, (problem) => resourceId(problem.kind, problem));
  const conflictsOf = concerns(conflicts, configs);
  const revisions = new Map(configs.map((config) => [resourceId("Adapter", config), config.revision]));
  return new Map(
    objects.map(({ kind = "", metadata }) => {
      const id = resourceId(kind, metadata);
      const { uid, generation } = metadata;
      const known = { problems: problemsOf.get(id) ?? [], conflicts: conflictsOf.get(id) ?? [] };
      return [id, { uid, generation, ...known, revision: revisions.get(id) }];
    }),
  );
}
