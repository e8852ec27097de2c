import type { ContractVersionSpec } from "../api/contractversion.ts";
import type { Level } from "../api/meta.ts";
import { minimiseFhir } from "./minimise/fhir.ts";
import { minimiseJson } from "./minimise/json.ts";
import { planFor } from "./minimise/plan.ts";
import { Made, Report, type Substitutes } from "./minimise/report.ts";

export interface Minimised {
  /** Shares all parts with the input that did not change; the input itself where nothing did. */
  payload: unknown;
  /** Paths of elements that were taken away, e.g. `Patient.telecom`; never positions or values. */
  removed: string[];
  /** Paths of elements that were replaced by tokens. */
  tokenised: string[];
  /** Paths of elements of which less is told. */
  generalised: string[];
}

/**
 * What a receiver of `clearance` may see of `payload`, by the sensitivity that `contract` declares; what
 * nobody has declared a substitute for is removed. The payload is not changed. `made` goes from
 * one version of the contract to the next, where several minimise one payload. Throws FasciaError `SensitivityInvalid` or `PayloadTooDeep` rather than let a value pass.
 */
export function minimise(
  payload: unknown,
  contract: ContractVersionSpec,
  clearance: Level,
  substitutes: Substitutes,
  made: Made = new Made(),
): Minimised {
  const plan = planFor(contract, clearance);
  if (plan === undefined) return { payload, removed: [], tokenised: [], generalised: [] };
  const report = new Report(substitutes, made);
  const visible = contract.fhir ? minimiseFhir(payload, plan, report) : minimiseJson(payload, plan, report);
  const { removed, tokenised, generalised } = report;
  return { payload: visible, removed: [...removed], tokenised: [...tokenised], generalised: [...generalised] };
}
