import { type Verdicts, withProgress, yes } from "./conditions.ts";
import {
  type HubState,
  type PolicyFacts,
  firstOf,
  inUse,
  invalidSpec,
  policyDenied,
  programmed,
  withheld,
} from "./facts.ts";

export interface ContractVersionFacts {
  isDeleting: boolean;
  /** What is wrong with schema, translations or examples. */
  invalid: string[];
  /** Undefined: no rule denies it. */
  denied?: PolicyFacts | undefined;
  /** Whether the hub has what follows from it. */
  hub: HubState;
  /** Resources that use it, e.g. `Integration clinic/admissions`. */
  users: string[];
}

export function contractVersionVerdicts({ isDeleting, invalid, denied, hub, users }: ContractVersionFacts): Verdicts {
  const valid = yes("Valid", users.length === 0 ? "nothing uses it" : "in use");
  const refused = firstOf(
    invalidSpec(invalid),
    policyDenied(denied),
    hub.state === "Pending" ? programmed(hub) : undefined,
  );
  // Whether the hub answers concerns those who use it, and is said there.
  const inHub = invalidSpec(invalid) ?? withheld(denied) ?? programmed(hub);
  return { ...withProgress(firstOf(isDeleting ? inUse(users) : undefined, refused) ?? valid), Programmed: inHub };
}
