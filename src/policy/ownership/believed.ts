import type { DataDomain } from "../../api/datadomain.ts";
import { precedes } from "../../compile/order.ts";
import { type IsBefore, rivalry } from "../rivals.ts";
import type { Resource, World } from "../rule.ts";
import { DOMAINS_OVERLAP } from "./overlap.ts";

export interface Precedence {
  /** Whether `a` is before `b`, where they forbid one another. Default: what the operator says, then `precedes`. */
  isBefore?: IsBefore;
  /** Whether a resource is in effect, and stays so although it is denied. Default: none. */
  goesOn?: (resource: Resource) => boolean;
}

/**
 * The domains of `world` whose word counts for others at `now` (milliseconds since the epoch): what is denied, since an
 * earlier one says otherwise, takes no effect and forbids nothing.
 */
export function believedIn(world: World, now: number, precedence: Precedence = {}): readonly DataDomain[] {
  if (world.believed !== undefined) return world.believed;
  const { isBefore = asKnownIn(world), goesOn = () => false } = precedence;
  const verdictsOf = rivalry(DOMAINS_OVERLAP, world, isBefore);
  const isDenied = (domain: DataDomain): boolean =>
    verdictsOf({ operation: "CREATE", new: domain, dryRun: false, now }).some(({ severity }) => severity === "Deny");
  return world.dataDomains.filter((domain) => goesOn(domain) || !isDenied(domain));
}

/** What the operator says that it denies comes second: it knows what was in effect first. */
export const asKnownIn = ({ denied }: Pick<World, "denied">): IsBefore => {
  const isFirst = ({ kind, metadata }: Resource) => kind !== "DataDomain" || denied?.has(metadata.name) !== true;
  return (a, b) => (isFirst(a) === isFirst(b) ? precedes(a, b) : isFirst(a));
};
