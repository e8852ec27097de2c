import { judgeAndTryState } from "../policy/trystate.ts";
import type { Resource, RuleId, Verdict } from "../policy/rule.ts";
import type { ManifestProblem, Manifests } from "./manifests.ts";

/** What a rule says of a manifest, and where that stands. */
export interface ManifestVerdict extends ManifestProblem {
  rule: RuleId;
  severity: Verdict["severity"];
  resource: Resource;
}

/**
 * What the rules say of `manifests` as the state at the instant `now` (milliseconds since the epoch). `sharedAddress`: as
 * in World.
 */
export async function judgeManifests(
  manifests: Pick<Manifests, "resources" | "locate">,
  now: number,
  { sharedAddress }: { sharedAddress: boolean },
): Promise<ManifestVerdict[]> {
  const judged = await judgeAndTryState({ ...manifests.resources, sharedAddress }, now);
  return judged.flatMap(({ resource, verdicts }) =>
    verdicts.map(({ rule, severity, path, message: reason }) => {
      const { kind, metadata } = resource;
      const place = manifests.locate({ kind, ...metadata }, path) ?? { file: "", line: 0 };
      return { ...place, path, reason, rule, severity, resource };
    }),
  );
}
