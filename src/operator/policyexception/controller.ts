import type { PolicyException } from "../../api/policyexception.ts";
import type { WorldReader } from "../admission/world.ts";
import { POLICY_EXCEPTIONS } from "../kinds.ts";
import type { Cache } from "../manager/cache.ts";
import type { Controller, ControllerDeps } from "../manager/controller.ts";
import type { ProgramState } from "../program/state.ts";
import { type Also, reportController } from "../report/controller.ts";
import type { ServedObject, Teller } from "../report/write.ts";
import { changesAfterMs, policyExceptionVerdicts } from "../status/policyexception.ts";

export interface PolicyExceptionParts {
  teller: Teller;
  policyExceptions: Cache<ServedObject>;
  reader: WorldReader;
  state: ProgramState;
}

/** Says of each PolicyException whether it counts, and how many days are left, by the passing of time alone. */
export function policyExceptionController(parts: PolicyExceptionParts, deps: ControllerDeps): Controller {
  const { teller, policyExceptions: cache, reader, state } = parts;
  const read = (object: ServedObject): PolicyException | undefined =>
    reader.world({ policyExceptions: [object] }).policyExceptions[0];
  const verdictsOf = (object: ServedObject) =>
    policyExceptionVerdicts({
      exception: read(object),
      invalid: state.invalid(object),
      denied: state.judgement(object)?.denied,
      now: deps.clock.now(),
    });
  const also = (object: ServedObject, now: number): Also => {
    const exception = read(object);
    return { status: {}, againAfterMs: exception && changesAfterMs(exception, now) };
  };
  return reportController({ teller, type: POLICY_EXCEPTIONS, cache, state, verdictsOf, also }, deps);
}
