import semver from "semver";
import type { ContractVersion, ContractVersionSpec } from "../api/contractversion.ts";
import { contractVersionName } from "../api/contractversionname.ts";
import { contractKey } from "./config.ts";
import type { Problem } from "./resources.ts";

/** Collects problems of one resource after another. */
export class Report {
  readonly problems: Problem[] = [];

  of(
    kind: string,
    metadata: { name: string; namespace?: string | undefined },
    invalid = false,
  ): (path: string, reason: string) => void {
    return (path, reason) => {
      const where = metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
      this.problems.push({ invalid, kind, name: metadata.name, ...where, path, reason });
    };
  }
}

/** ContractVersions by contract and version. */
export class Contracts {
  readonly #byContract = new Map<string, ContractVersionSpec[]>();

  constructor(contractVersions: ContractVersion[]) {
    for (const { spec } of contractVersions) {
      const versions = this.#byContract.get(spec.contract) ?? [];
      versions.push(spec);
      this.#byContract.set(spec.contract, versions);
    }
    for (const versions of this.#byContract.values()) versions.sort((a, b) => semver.compare(a.version, b.version));
  }

  get(contract: string, version: string): ContractVersionSpec | undefined {
    return this.#byContract.get(contract)?.find((c) => c.version === version);
  }

  /** Versions of `contract` in `range`, lowest first. */
  inRange(contract: string, range: string): ContractVersionSpec[] {
    return (this.#byContract.get(contract) ?? []).filter((c) => semver.satisfies(c.version, range));
  }

  /** Every version of the named contracts: translation may pass through versions that nobody names. */
  allVersions(contracts: string[]): Record<string, ContractVersionSpec> {
    const specs = [...new Set(contracts)].sort().flatMap((name) => this.#byContract.get(name) ?? []);
    return Object.fromEntries(specs.map((spec) => [contractKey(spec.contract, spec.version), inUse(spec)]));
  }

  domains(): string[] {
    return [...new Set([...this.#byContract.values()].flat().map((c) => c.domain))].sort();
  }

  /** For a reference to a version, or to a range (`^1.0.0`), that does not resolve. */
  missing(contract: string, version: string): string {
    const known = (this.#byContract.get(contract) ?? []).map((c) => c.version);
    const hint =
      known.length > 0 ? `there are versions ${known.join(", ")}` : `there is no version of ${contract} at all`;
    if (semver.valid(version) === null) return `no ContractVersion of ${contract} satisfies ${version}; ${hint}`;
    return `ContractVersion ${contractVersionName({ contract, version })} does not exist; ${hint}`;
  }
}

/** What an adapter needs of a version: an edit of the rest must not give it another configuration. */
function inUse({
  examples: _examples,
  compatibility: _compatibility,
  ...spec
}: ContractVersionSpec): ContractVersionSpec {
  return spec;
}
