import { unlessExcepted } from "./exception/force.ts";
import type { Change, Finding, Resource, Rule, Verdict, World } from "./rule.ts";
import { isSame, narrowed } from "./view.ts";

/**
 * What `rules` say about `change`, denials first. `world` may hold the resource as it was before or not at all. Three
 * promises hold whatever a rule says:
 *
 * - deleting is never denied;
 * - what was wrong before is only warned of again: an update that leaves it alone, a label for instance, goes through;
 * - what an exception in force covers is only warned of.
 */
export function evaluate(change: Change, world: World, rules: readonly Rule[]): Verdict[] {
  return verdictsOn(change, without(world, change.new ?? change.old), rules, world.policyExceptions);
}

/** The same, where it is known that `others` does not hold the resource itself; `exceptions` are all that there are. */
export function verdictsOn(
  change: Change,
  others: World,
  rules: readonly Rule[],
  exceptions: World["policyExceptions"],
): Verdict[] {
  const verdicts = rules
    .flatMap((rule) => judge(rule, change, others))
    .map((verdict) => unlessExcepted(verdict, change.new, exceptions, change.now));
  return [...only("Deny", verdicts), ...only("Warn", verdicts)];
}

function judge(rule: Rule, change: Change, others: World): Verdict[] {
  const findings = rule.check(change, others);
  const isTolerated = findings.some(({ severity }) => severity === "Deny")
    ? toleranceOf(rule, change, others)
    : NOTHING;
  return findings.map((finding) => ({
    ...finding,
    rule: rule.id,
    severity: finding.severity === "Deny" && !isTolerated(finding.message) ? "Deny" : "Warn",
  }));
}

/**
 * Tells of each denial whether it counts as a warning: as often as the old resource has it, too. A list that was
 * reordered moves paths, so messages tell what is the same.
 */
function toleranceOf(rule: Rule, change: Change, others: World): (message: string) => boolean {
  if (change.operation === "DELETE") return EVERYTHING;
  if (change.old === undefined) return NOTHING;
  const before = rule.check({ ...change, new: change.old }, others).map(({ message }) => message);
  return (message) => {
    const index = before.indexOf(message);
    if (index >= 0) before.splice(index, 1);
    return index >= 0;
  };
}

const EVERYTHING = () => true;
const NOTHING = () => false;

const only = (severity: Finding["severity"], verdicts: Verdict[]): Verdict[] =>
  verdicts.filter((verdict) => verdict.severity === severity);

function without(world: World, changed: Resource | undefined): World {
  return changed === undefined ? world : narrowed(world, changed.kind, (resource) => !isSame(resource, changed));
}
