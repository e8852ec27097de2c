import { judgeAndTryState } from "../policy/trystate.ts";
import type { Resource, RuleId, Verdict, World } from "../policy/rule.ts";
import { judgeChanges } from "../policy/changes.ts";
import type { ManifestProblem, Manifests } from "./manifests.ts";

/** What a rule says of a manifest, and where that stands. */
export interface ManifestVerdict extends ManifestProblem {
  rule: RuleId;
  severity: Verdict["severity"];
  resource: Resource;
}

/** What is known beside the manifests. */
export interface Surroundings {
  /** As in World. */
  sharedAddress: boolean;
  /** What a cluster holds: the manifests are judged as changes of it. Without it they are all that there is. */
  cluster?: World | undefined;
}

/**
 * What the rules say of `manifests` as the state at the instant `now` (milliseconds since the epoch), or
 * as changes then.
 */
export async function judgeManifests(
  manifests: Pick<Manifests, "resources" | "locate">,
  now: number,
  { sharedAddress, cluster }: Surroundings,
): Promise<ManifestVerdict[]> {
  const { resources } = manifests;
  const judged = await (cluster
    ? judgeChanges(resources, cluster, now)
    : judgeAndTryState({ ...resources, sharedAddress }, now));
  return judged.flatMap(({ resource, verdicts }) =>
    verdicts.map(({ rule, severity, path, message: reason }) => {
      const { kind, metadata } = resource;
      const place = manifests.locate({ kind, ...metadata }, path) ?? { file: "", line: 0 };
      return { ...place, path, reason, rule, severity, resource };
    }),
  );
}
