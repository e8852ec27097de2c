import { type Verdicts, withProgress, yes } from "./conditions.ts";
import { type HubState, type Missing, firstOf, invalidSpec, programmed, resolvedRefs, unlessTrue } from "./facts.ts";

export interface IntegrationFacts {
  /** What is wrong with the spec itself, and can't pass. */
  invalid: string[];
  missing: Missing[];
  /** Whether the consumers and configurations of its source and targets have the route. */
  hub: HubState;
  targets: number;
}

/** Every condition of an Integration. Whether its Adapters run is their own affair, and said there. */
export function integrationVerdicts({ invalid, missing, hub, targets }: IntegrationFacts): Verdicts {
  const refs = resolvedRefs(missing);
  const route = invalidSpec(invalid) ?? programmed(hub);
  const found = firstOf(unlessTrue(route), unlessTrue(refs));
  const subscribed = yes(
    "Subscribed",
    targets === 1 ? "its target is subscribed" : `all ${targets} targets are subscribed`,
  );
  return { ...withProgress(found ?? subscribed), ResolvedRefs: refs, Programmed: route };
}
