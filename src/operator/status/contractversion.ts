import { type Verdicts, inOneLine, no, withProgress, yes } from "./conditions.ts";
import { firstOf, invalidSpec } from "./facts.ts";

export interface ContractVersionFacts {
  isDeleting: boolean;
  /** What is wrong with schema, translations or examples. */
  invalid: string[];
  /** Resources that use it, e.g. `Integration clinic/admissions`. */
  users: string[];
}

export function contractVersionVerdicts({ isDeleting, invalid, users }: ContractVersionFacts): Verdicts {
  const inUse =
    isDeleting && users.length > 0 ? no("InUse", `deleted once nothing uses it: ${inOneLine(users)}`) : undefined;
  const valid = yes("Valid", users.length === 0 ? "nothing uses it" : `${users.length} resources use it`);
  return withProgress(firstOf(inUse, invalidSpec(invalid)) ?? valid);
}
