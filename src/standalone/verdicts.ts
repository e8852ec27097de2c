import type { Resources } from "../compile/resources.ts";
import { judgeChanges, judgeEdits } from "../policy/changes.ts";
import type { Resource, RuleId, Verdict, World } from "../policy/rule.ts";
import { type Judged, judgeState } from "../policy/state.ts";
import { judgeAndTryState } from "../policy/trystate.ts";
import { type LetPass, placeOf } from "./letpass.ts";
import type { ManifestProblem, Manifests } from "./manifests.ts";

/** What a rule says of a manifest, and where that stands. */
export interface ManifestVerdict extends ManifestProblem {
  rule: RuleId;
  severity: Verdict["severity"];
  resource: Resource;
  /** As in Verdict. */
  exception?: NonNullable<Verdict["exception"]>;
  /** As in Verdict. */
  lapsed?: NonNullable<Verdict["lapsed"]>;
}

/** What is known beside the manifests. */
export interface Surroundings {
  /** As in World. */
  sharedAddress: boolean;
  /** What a cluster holds: the manifests are judged as changes of it. Without it they are all that there is. */
  cluster?: World | undefined;
}

type Judgeable = Pick<Manifests, "resources" | "locate">;

/**
 * What the rules say of `manifests` as the state at the instant `now` (milliseconds since the epoch), or
 * as changes then.
 */
export async function judgeManifests(
  manifests: Judgeable,
  now: number,
  { sharedAddress, cluster }: Surroundings,
): Promise<ManifestVerdict[]> {
  const { resources } = manifests;
  const judged = await (cluster
    ? judgeChanges(resources, cluster, now)
    : judgeAndTryState({ ...resources, sharedAddress }, now));
  return located(judged, manifests);
}

/** What comes of a directory that is to take effect, all of it or nothing. */
export interface Admitted {
  /** Denials; none: it takes effect. */
  refused: ManifestVerdict[];
  warnings: ManifestVerdict[];
  /** Denied by now, since the exception that let it pass has ended; it goes on, as on a cluster. */
  lapsed: ManifestVerdict[];
}

/** What is known of the state that is in effect. */
export interface Before {
  /** All of it, in the process that put it into effect. */
  former?: Resources | undefined;
  /** What a process before this one left of it; undefined where it left nothing, and may have let anything pass. */
  letPass?: LetPass | undefined;
}

/**
 * Whether `manifests` may take effect at `now` (milliseconds since the epoch), for the adapters of one process: as a state
 * and, where `former` is in effect, as an edit of that. Time alone refuses nothing: what an exception let pass goes on
 * after its end, over a restart, too, until an edit adds to it. What begins after the end is refused.
 */
export async function admitManifests(
  manifests: Judgeable,
  now: number,
  { former, letPass }: Before = {},
): Promise<Admitted> {
  const edits = former ? judgeEdits({ ...manifests.resources, sharedAddress: true }, former, now) : [];
  const verdicts = [...(await judgeManifests(manifests, now, { sharedAddress: true })), ...located(edits, manifests)];
  const denied = verdicts.filter(({ severity }) => severity === "Deny");
  const wasDenied = former && denied.some(({ lapsed }) => lapsed) ? denialsOf(former, now) : undefined;
  const wasInEffect = (verdict: ManifestVerdict) =>
    wasDenied ? wasDenied.has(idOf(verdict.resource, verdict)) : (letPass?.has(placeOf(verdict)) ?? true);
  const goesOn = (verdict: ManifestVerdict) => verdict.lapsed !== undefined && wasInEffect(verdict);
  return {
    refused: denied.filter((verdict) => !goesOn(verdict)),
    warnings: verdicts.filter(({ severity }) => severity === "Warn"),
    lapsed: denied.filter(goesOn),
  };
}

/** Everything that the rules have against what is in effect. */
const denialsOf = (former: Resources, now: number): Set<string> =>
  new Set(
    judgeState({ ...former, sharedAddress: true }, now).flatMap(({ resource, verdicts }) =>
      verdicts.map(({ rule, message }) => idOf(resource, { rule, reason: message })),
    ),
  );

const idOf = ({ kind, metadata }: Resource, { rule, reason }: { rule: RuleId; reason: string }): string =>
  JSON.stringify([kind, metadata.namespace, metadata.name, rule, reason]);

const located = (judged: Judged[], manifests: Judgeable): ManifestVerdict[] =>
  judged.flatMap(({ resource, verdicts }) =>
    verdicts.map(({ rule, severity, path, message: reason, exception, lapsed }) => {
      const { kind, metadata } = resource;
      const place = manifests.locate({ kind, ...metadata }, path) ?? { file: "", line: 0 };
      const found = { ...place, path, reason, rule, severity, resource };
      return { ...found, ...(exception && { exception }), ...(lapsed && { lapsed }) };
    }),
  );
