import type { Adapter } from "../api/adapter.ts";
import type { EmitConfig } from "./config.ts";
import type { Contracts, Report } from "./lookup.ts";

/** What a source adapter publishes, with the domain of each contract. */
export function resolveEmits(adapter: Adapter, contracts: Contracts, report: Report): EmitConfig[] {
  const problem = report.of("Adapter", adapter.metadata);
  return (adapter.spec.emits ?? []).flatMap((emit, i) => {
    const contract = contracts.get(emit.contract, emit.version);
    if (contract) return [{ ...emit, domain: contract.domain }];
    problem(`spec.emits[${i}]`, contracts.missing(emit.contract, emit.version));
    return [];
  });
}
