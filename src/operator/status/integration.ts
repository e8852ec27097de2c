import { listed } from "../../base/listed.ts";
import { type Verdict, type Verdicts, withProgress, yes } from "./conditions.ts";
import {
  type HubState,
  type Missing,
  type PolicyFacts,
  firstOf,
  invalidSpec,
  policyDenied,
  programmed,
  resolvedRefs,
  unlessTrue,
  withheld,
} from "./facts.ts";

export interface IntegrationFacts {
  /** What is wrong with the spec itself, and can't pass. */
  invalid: string[];
  /** Undefined: no rule denies it. */
  denied?: PolicyFacts | undefined;
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
export function integrationVerdicts(facts: IntegrationFacts): Verdicts {
  const { invalid, denied, missing, hub, targets, deprecated } = facts;
  const refs = resolvedRefs(missing);
  const route = invalidSpec(invalid) ?? withheld(denied) ?? programmed(hub);
  const found = firstOf(invalidSpec(invalid), policyDenied(denied), unlessTrue(route), unlessTrue(refs));
  const subscribed = yes("Subscribed", listed(targets, SHOWN));
  return {
    ...withProgress(found ?? subscribed),
    ResolvedRefs: refs,
    Programmed: route,
    ...(deprecated && { UsesDeprecatedContract: deprecated }),
  };
}
