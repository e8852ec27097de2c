import type { DataDomain } from "../../api/datadomain.ts";
import { precedes } from "../../compile/order.ts";
import { verdictsOn } from "../evaluate.ts";
import type { Resource, World } from "../rule.ts";
import { DOMAINS_OVERLAP } from "./overlap.ts";

export interface Precedence {
  /** Whether `a` is before `b`, where they forbid one another. Default: `precedes`. */
  isBefore?: (a: Resource, b: Resource) => boolean;
  /** Whether a resource is in effect, and stays so although it is denied. Default: none. */
  goesOn?: (resource: Resource) => boolean;
}

/**
 * The domains of `world` whose word counts for others at `now` (milliseconds since the epoch): what is denied, since an
 * earlier one says otherwise, takes no effect and forbids nothing.
 */
export function believedIn(world: World, now: number, precedence: Precedence = {}): readonly DataDomain[] {
  if (world.believed !== undefined) return world.believed;
  const { isBefore = precedes, goesOn = () => false } = precedence;
  const contested = contestedAmong(world.dataDomains);
  if (contested.size === 0) return world.dataDomains;
  const isDenied = (domain: DataDomain): boolean => {
    const earlier = { ...world, dataDomains: [...contested].filter((each) => isBefore(each, domain)) };
    const change = { operation: "CREATE", new: domain, dryRun: false, now } as const;
    const verdicts = verdictsOn(change, earlier, [DOMAINS_OVERLAP], world.policyExceptions);
    return verdicts.some(({ severity }) => severity === "Deny");
  };
  return world.dataDomains.filter((domain) => !contested.has(domain) || goesOn(domain) || !isDenied(domain));
}

/** Those that claim what another one claims, too. */
function contestedAmong(domains: readonly DataDomain[]): Set<DataDomain> {
  const first = new Map<string, DataDomain>();
  const contested = new Set<DataDomain>();
  for (const domain of domains)
    for (const claim of claimsOf(domain)) {
      const other = first.get(claim);
      if (other === undefined) first.set(claim, domain);
      else if (other !== domain) contested.add(other).add(domain);
    }
  return contested;
}

const claimsOf = ({ spec: { systems = [], entities = [] } }: DataDomain): string[] => [
  ...systems.map(({ system }) => `system ${system}`),
  ...entities.map(({ entity }) => `entity ${entity}`),
];
