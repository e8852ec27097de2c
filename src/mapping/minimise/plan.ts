import type { ContractVersionSpec, Sensitivity } from "../../api/contractversion.ts";
import { LEVELS, type Level } from "../../api/meta.ts";
import { FasciaError } from "../../base/errors.ts";

/** What happens to an element, and to those within it. */
export interface Rule {
  remove: boolean;
  tokenise: boolean;
  within: Map<string, Rule>;
  /** Which of `within` a name was found to fall under, null for none. */
  known: Map<string, Rule | null>;
}

/** Everything that a clearance does not reach. For FHIR the first names are resource types. */
export type Plan = Map<string, Rule>;

const plans = new WeakMap<ContractVersionSpec, Map<Level, Plan | undefined>>();

/**
 * The rules of `contract` that a receiver of `clearance` is subject to; undefined where it may see everything. Throws
 * FasciaError `SensitivityInvalid` for a path that could never apply: a rule that is misspelt must not let values pass.
 */
export function planFor(contract: ContractVersionSpec, clearance: Level): Plan | undefined {
  const known = plans.get(contract) ?? new Map<Level, Plan | undefined>();
  plans.set(contract, known);
  if (!known.has(clearance)) known.set(clearance, makePlan(contract, clearance));
  return known.get(clearance);
}

function makePlan({ contract, version, fhir, sensitivity }: ContractVersionSpec, clearance: Level): Plan | undefined {
  const above = (sensitivity ?? []).filter(({ level }) => LEVELS.indexOf(level) > LEVELS.indexOf(clearance));
  const wrong = fhir ? above.find(({ path }) => !/^[A-Z]/.test(path)) : undefined;
  if (wrong) {
    const why = "in a contract of FHIR a path starts with a resource type, e.g. `Patient.telecom`";
    throw new FasciaError("SensitivityInvalid", `spec.sensitivity of ${contract} ${version} has ${wrong.path}: ${why}`);
  }
  if (above.length === 0) return undefined;
  const plan: Plan = new Map();
  for (const entry of above) addRule(plan, entry);
  return plan;
}

function addRule(plan: Plan, { path, minimise }: Sensitivity): void {
  let level = plan;
  let rule: Rule | undefined;
  for (const name of path.split(".")) {
    rule = level.get(name) ?? { remove: false, tokenise: false, within: new Map(), known: new Map() };
    level.set(name, rule);
    level = rule.within;
  }
  if (rule === undefined) return;
  if (minimise === "Tokenise") rule.tokenise = true;
  else rule.remove = true;
}
