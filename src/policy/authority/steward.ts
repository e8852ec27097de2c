import { isDeepStrictEqual } from "node:util";
import type { Change, Finding, Resource, Rule, World } from "../rule.ts";
import { type Right, holds } from "./rights.ts";

/** A domain's contracts, and domains and classes themselves, are for their stewards to change. */
export const NOT_STEWARD: Rule = {
  id: "authority/not-steward",
  judges: "Transition",
  check(change, others) {
    const { user } = change;
    if (user === undefined) return [];
    return governing(change, others).flatMap(({ right, what, owner, path }): Finding[] => {
      if (holds(user, right)) return [];
      const message =
        `${user.name} is no steward of the ${what} ${right.name}: ask its owner (${owner}), or for the verb steward on ` +
        `${right.resource}.fascia.dev/${right.name}`;
      return [{ severity: "Deny", path, message }];
    });
  },
};

export const stewardship = (name: string, resource: "datadomains" | "adapterclasses" = "datadomains"): Right => ({
  verb: "steward",
  resource,
  name,
});

interface Governing {
  right: Right;
  what: "domain" | "class";
  owner: string;
  path: string;
}

/** Whose stewards have to make `change`. A domain that nobody has declared has none. */
export function governing({ old, new: resource }: Pick<Change, "old" | "new">, { dataDomains }: World): Governing[] {
  if (resource === undefined || isDeepStrictEqual(old?.spec, resource.spec)) return [];
  if (resource.kind === "DataDomain" || resource.kind === "AdapterClass") {
    const isDomain = resource.kind === "DataDomain";
    const right = stewardship(resource.metadata.name, isDomain ? "datadomains" : "adapterclasses");
    // Who takes one over is not asked whether they agree with themselves.
    const { owner } = (old?.kind === resource.kind ? old : resource).spec;
    return [{ right, what: isDomain ? "domain" : "class", owner, path: "spec" }];
  }
  const named = new Set([domainOf(old), domainOf(resource)]);
  return dataDomains
    .filter(({ metadata }) => named.has(metadata.name))
    .map(({ metadata, spec }) => {
      return { right: stewardship(metadata.name), what: "domain", owner: spec.owner, path: "spec.domain" };
    });
}

const domainOf = (resource: Resource | undefined): string | undefined =>
  resource?.kind === "ContractVersion" ? resource.spec.domain : undefined;
