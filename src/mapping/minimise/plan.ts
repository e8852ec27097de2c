import type { ContractVersionSpec, Generalisation, Sensitivity } from "../../api/contractversion.ts";
import { type Level, isAbove } from "../../api/meta.ts";
import { FasciaError } from "../../base/errors.ts";

/** What happens to an element, and to those within it. */
export interface Rule {
  remove: boolean;
  tokenise: boolean;
  generalise: Generalisation | undefined;
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
  const above = (sensitivity ?? []).filter(({ level }) => isAbove(level, clearance));
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

function addRule(plan: Plan, { path, minimise, generaliseTo }: Sensitivity): void {
  let level = plan;
  let rule: Rule | undefined;
  for (const name of path.split(".")) {
    rule = level.get(name) ?? newRule();
    level.set(name, rule);
    level = rule.within;
  }
  if (rule === undefined) return;
  if (minimise === "Tokenise") rule.tokenise = true;
  else if (minimise === "Generalise" && generaliseTo !== undefined) generalise(rule, generaliseTo);
  // What nobody has declared does not pass either.
  else rule.remove = true;
}

const newRule = (): Rule => ({
  remove: false,
  tokenise: false,
  generalise: undefined,
  within: new Map(),
  known: new Map(),
});

/** Of two generalisations neither is the stricter one: nothing is left. */
function generalise(rule: Rule, to: Generalisation): void {
  rule.remove ||= rule.generalise !== undefined && rule.generalise !== to;
  rule.generalise = to;
}

/** An element is subject to both rules. */
export function merged(own: Rule | undefined, outer: Rule | undefined): Rule | undefined {
  if (own === undefined || outer === undefined) return own ?? outer;
  const within = new Map(outer.within);
  for (const [name, rule] of own.within) within.set(name, merged(rule, within.get(name)) ?? rule);
  const rule = { ...outer, remove: own.remove || outer.remove, tokenise: own.tokenise || outer.tokenise, within };
  if (own.generalise !== undefined) generalise(rule, own.generalise);
  return { ...rule, known: new Map() };
}
