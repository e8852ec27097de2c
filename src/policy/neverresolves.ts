import { contractVersionName } from "../api/contractversionname.ts";
import semver from "semver";
import { metadata } from "../api/meta.ts";
import type { Finding, Resource, Rule } from "./rule.ts";

/** A version that a resource names, and where. */
interface Reference {
  path: string;
  contract: string;
  version: string;
}

/**
 * A ContractVersion is named `<contract>-v<version>`, and not every version makes a name that Kubernetes allows:
 * `1.0.0-rc-` does not. Whoever refers to one waits for ever.
 */
export const NEVER_RESOLVES: Rule = {
  id: "references/never-resolves",
  judges: "State",
  check: ({ new: resource }) => (resource === undefined ? [] : referencesOf(resource).flatMap(impossible)),
};

function impossible({ path, contract, version }: Reference): Finding[] {
  const name = contractVersionName({ contract, version });
  if (metadata.shape.name.safeParse(name).success) return [];
  const message =
    `there can never be a ContractVersion ${name}: each part of a name between dots must begin and end with a ` +
    "letter or digit; name another version";
  return [{ severity: "Deny", path, message }];
}

function referencesOf({ kind, spec }: Resource): Reference[] {
  if (kind === "DataDomain" || kind === "AdapterClass" || kind === "PolicyException") return [];
  if (kind === "Adapter")
    return [
      ...(spec.emits ?? []).map((emit, i) => ({ ...emit, path: `spec.emits[${i}].version` })),
      ...(spec.accepts ?? []).map((accept, i) => ({ ...accept, path: `spec.accepts[${i}].version` })),
    ];
  if (kind === "ContractVersion")
    return [
      ...named(spec.contract, spec.replacedBy, "spec.replacedBy"),
      ...(spec.translations ?? []).flatMap(({ from, to }, i) => [
        ...named(spec.contract, from, `spec.translations[${i}].from`),
        ...named(spec.contract, to, `spec.translations[${i}].to`),
      ]),
    ];
  const { event } = spec;
  if (event === undefined) return [];
  // A range has other versions than the one that it is written with.
  const exact = semver.valid(event.from.version) ?? undefined;
  return [
    ...named(event.from.contract, exact, "spec.event.from.version"),
    ...event.to.flatMap(({ version, reply }, i) => [
      ...named(event.from.contract, version, `spec.event.to[${i}].version`),
      ...named(reply?.contract ?? "", reply?.version, `spec.event.to[${i}].reply.version`),
    ]),
  ];
}

const named = (contract: string, version: string | undefined, path: string): Reference[] =>
  version === undefined ? [] : [{ path, contract, version }];
