import { DATA_DOMAINS } from "../kinds.ts";
import type { Cache } from "../manager/cache.ts";
import type { Controller, ControllerDeps } from "../manager/controller.ts";
import type { ProgramState } from "../program/state.ts";
import { reportController } from "../report/controller.ts";
import type { ServedObject, Teller } from "../report/write.ts";
import { yes, withProgress } from "../status/conditions.ts";
import { firstOf, invalidSpec, policyDenied, programmed } from "../status/facts.ts";

export interface DataDomainParts {
  teller: Teller;
  dataDomains: Cache<ServedObject>;
  state: ProgramState;
}

/** Says of each DataDomain whether it is in effect. */
export function dataDomainController(
  { teller, dataDomains, state }: DataDomainParts,
  deps: ControllerDeps,
): Controller {
  const verdictsOf = (domain: ServedObject) => {
    const judgement = state.judgement(domain);
    const pending = judgement ? undefined : programmed({ state: "Pending" });
    const found = firstOf(invalidSpec(state.invalid(domain)), policyDenied(judgement?.denied), pending);
    return withProgress(found ?? yes("Valid", "its rules hold"));
  };
  return reportController({ teller, type: DATA_DOMAINS, cache: dataDomains, state, verdictsOf }, deps);
}
