import { isDeepStrictEqual } from "node:util";
import type { Change, Finding, Resource, Rule, World } from "../rule.ts";
import { type Right, holds } from "./rights.ts";

/** A domain's contracts, and the domain itself, are for its stewards to change. */
export const NOT_STEWARD: Rule = {
  id: "authority/not-steward",
  judges: "Transition",
  check(change, others) {
    const { user } = change;
    if (user === undefined) return [];
    return governing(change, others).flatMap(({ domain, owner, path }): Finding[] => {
      if (holds(user, stewardship(domain))) return [];
      const message =
        `${user.name} is no steward of the domain ${domain}: ask its owner (${owner}), or for the verb steward on ` +
        `datadomains.fascia.dev/${domain}`;
      return [{ severity: "Deny", path, message }];
    });
  },
};

export const stewardship = (domain: string): Right => ({ verb: "steward", resource: "datadomains", name: domain });

interface Governing {
  domain: string;
  owner: string;
  path: string;
}

/** The domains whose stewards have to make `change`. One that nobody has declared has none. */
export function governing({ old, new: resource }: Pick<Change, "old" | "new">, { dataDomains }: World): Governing[] {
  if (resource === undefined || isDeepStrictEqual(old?.spec, resource.spec)) return [];
  if (resource.kind === "DataDomain") {
    // Who takes a domain over is not asked whether they agree with themselves.
    const { owner } = (old?.kind === "DataDomain" ? old : resource).spec;
    return [{ domain: resource.metadata.name, owner, path: "spec" }];
  }
  const named = new Set([domainOf(old), domainOf(resource)]);
  return dataDomains
    .filter(({ metadata }) => named.has(metadata.name))
    .map(({ metadata, spec }) => ({ domain: metadata.name, owner: spec.owner, path: "spec.domain" }));
}

const domainOf = (resource: Resource | undefined): string | undefined =>
  resource?.kind === "ContractVersion" ? resource.spec.domain : undefined;
