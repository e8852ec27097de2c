import { type Verdict, type Verdicts, withProgress, yes } from "./conditions.ts";
import { type HubState, type Missing, firstOf, invalidSpec, programmed, resolvedRefs, unlessTrue } from "./facts.ts";

export interface IntegrationFacts {
  /** What is wrong with the spec itself, and can't pass. */
  invalid: string[];
  missing: Missing[];
  /** Whether the consumers and configurations of its source and targets have the route. */
  hub: HubState;
  /** Adapters that it delivers to. */
  targets: readonly string[];
  /** Of a ContractVersion that it uses and that is deprecated. */
  deprecated?: Verdict | undefined;
}

const SHOWN = 3;

/** Every condition of an Integration. Whether its Adapters run is their own affair, and said there. */
export function integrationVerdicts({ invalid, missing, hub, targets, deprecated }: IntegrationFacts): Verdicts {
  const refs = resolvedRefs(missing);
  const route = invalidSpec(invalid) ?? programmed(hub);
  const found = firstOf(unlessTrue(route), unlessTrue(refs));
  const more = targets.length - SHOWN;
  const subscribed = yes("Subscribed", `${targets.slice(0, SHOWN).join(", ")}${more > 0 ? ` and ${more} more` : ""}`);
  return {
    ...withProgress(found ?? subscribed),
    ResolvedRefs: refs,
    Programmed: route,
    ...(deprecated && { UsesDeprecatedContract: deprecated }),
  };
}
