import { approvalRights } from "../exception/rules.ts";
import type { Change, World } from "../rule.ts";
import { restrictedClass, useOf } from "./classuse.ts";
import type { Right } from "./rights.ts";
import { governing } from "./steward.ts";

/** What has to be found out about who asks before rules can judge `change`. */
export function rightsAsked(change: Change, world: World): Right[] {
  const resource = change.new;
  if (resource?.kind === "PolicyException")
    return resource.spec.approvals === undefined ? [] : approvalRights(resource);
  const chosen = restrictedClass(change, world);
  return [...governing(change, world).map(({ right }) => right), ...(chosen ? [useOf(chosen)] : [])];
}
