import { approvalRights } from "../exception/rules.ts";
import type { Change, World } from "../rule.ts";
import type { Right } from "./rights.ts";
import { governing, stewardship } from "./steward.ts";

/** What has to be found out about who asks before rules can judge `change`. */
export function rightsAsked(change: Change, world: World): Right[] {
  const resource = change.new;
  if (resource?.kind === "PolicyException")
    return resource.spec.approvals === undefined ? [] : approvalRights(resource);
  return governing(change, world).map(({ domain }) => stewardship(domain));
}
