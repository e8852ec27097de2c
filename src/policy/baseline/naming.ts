import type { Adapter } from "../../api/adapter.ts";
import type { AdapterClass } from "../../api/adapterclass.ts";
import { isMatched } from "../../mapping/namepattern.ts";
import type { Finding, Rule } from "../rule.ts";
import { classOf } from "../../compile/adapterclass.ts";
import { requiredBy } from "./requiredby.ts";

/** Names and labels are what people search logs, dashboards and bills by: at night, for one that they have never seen. */
export const NAMING: Rule = {
  id: "baseline/naming",
  judges: "State",
  check({ new: resource }, { adapterClasses }) {
    if (resource?.kind !== "Adapter") return [];
    const found = classOf(resource, adapterClasses);
    return found === undefined ? [] : [...wrongName(resource, found), ...wrongLabels(resource, found)];
  },
};

function wrongName({ metadata: { name } }: Adapter, found: AdapterClass): Finding[] {
  const { namePattern } = found.spec.require;
  if (namePattern === undefined || isMatched(namePattern, name)) return [];
  const message = `the name ${name} does not match ${namePattern}, and ${requiredBy(found)}: apply it under another name`;
  return [{ severity: "Deny", path: "metadata.name", message }];
}

function wrongLabels({ metadata }: Adapter, found: AdapterClass): Finding[] {
  return (found.spec.require.labels ?? []).flatMap(({ key, pattern }): Finding[] => {
    const value = metadata.labels?.[key];
    if (value !== undefined && (pattern === undefined || isMatched(pattern, value))) return [];
    const what = value === undefined ? `there is no label ${key}` : `the label ${key} does not match ${pattern}`;
    const wayOut = pattern === undefined ? "add it" : `write one that matches ${pattern}`;
    return [{ severity: "Deny", path: "metadata.labels", message: `${what}, and ${requiredBy(found)}: ${wayOut}` }];
  });
}
