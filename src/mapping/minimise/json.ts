import { checkDepth, isMembers, mapItems, mapMembers } from "./members.ts";
import type { Plan, Rule } from "./plan.ts";
import { type Dialect, methodOf, type Report } from "./report.ts";

const DIALECT: Dialect = { keeps: () => false, drops: () => false, keepsEmpty: true };

/** A JSON document without what the plan hides. Objects and lists stay where they become empty. */
export function minimiseJson(payload: unknown, plan: Plan, report: Report): unknown {
  return within(payload, plan, "", report, 0);
}

function within(value: unknown, rules: Map<string, Rule>, path: string, report: Report, depth: number): unknown {
  checkDepth(depth);
  if (Array.isArray(value)) return mapItems(value, (item) => within(item, rules, path, report, depth + 1));
  if (!isMembers(value)) return value;
  return mapMembers(value, (key, member) => {
    const rule = rules.get(key);
    if (rule === undefined) return member;
    const place = path === "" ? key : `${path}.${key}`;
    if (rule.remove) return report.remove(place);
    const method = methodOf(rule);
    if (method !== undefined) return report.replace(member, method, rule, place, DIALECT, depth);
    return within(member, rule.within, place, report, depth + 1);
  });
}
