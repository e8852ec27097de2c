import type { Resource } from "../../policy/rule.ts";
import type { KubeObject } from "../kube/resource.ts";
import type { ServedObject } from "../report/write.ts";
import type { Reason } from "../status/reasons.ts";
import { resourceId } from "./concerns.ts";
import { idOf } from "./memory.ts";
import type { Denial } from "./permit.ts";

/** What the rules say of one resource as it is. */
export interface Judgement {
  uid: string | undefined;
  /** Which generation was judged. */
  generation: number | undefined;
  /** Undefined where nothing denies it. */
  denied?: {
    /** With field and rule each. */
    reasons: string[];
    /** As in Denial. */
    goesOn: boolean;
    instead?: Resource["spec"];
  };
}

/** Every resource that was judged, by `resourceId`. */
export type JudgedResources = ReadonlyMap<string, Judgement>;

/** What came of judging `objects`. */
export function judgedOf(objects: readonly KubeObject[], denials: readonly Denial[]): JudgedResources {
  const denied = new Map(denials.map((denial) => [idOf(denial.resource), denial]));
  return new Map(
    objects.map(({ kind = "", metadata: { uid, generation, ...name } }) => {
      const id = resourceId(kind, name);
      const denial = denied.get(id);
      return [id, { uid, generation, ...(denial && { denied: deniedBy(denial) }) }];
    }),
  );
}

/**
 * Tells whether this very spec was in effect when its status was written last: what an operator goes by where it
 * remembers nothing, because the hub is away, or has lost what it held.
 */
export function inEffectByStatus(objects: readonly ServedObject[]): (resource: Resource) => boolean {
  const known = new Map(objects.map((object) => [resourceId(object.kind ?? "", object.metadata), object]));
  return (resource) => {
    const { metadata, status } = known.get(idOf(resource)) ?? {};
    const find = (wanted: string) => status?.conditions?.find(({ type }) => type === wanted);
    // Versions before this one wrote no Programmed of every kind.
    const condition = find("Programmed") ?? find("Ready");
    if (condition === undefined || condition.observedGeneration !== metadata?.generation) return false;
    // While the hub was away, or full, it was allowed all the same.
    return !NEVER_IN_EFFECT.has(condition.reason);
  };
}

const NEVER_IN_EFFECT: ReadonlySet<string> = new Set<Reason>(["Pending", "Invalid", "PolicyDenied"]);

const deniedBy = ({ verdicts, goesOn, instead }: Denial): Judgement["denied"] & object => ({
  reasons: verdicts.map(({ path, message, rule }) => `${path === "" ? "" : `${path}: `}${message} (${rule})`),
  goesOn,
  ...(instead && { instead: instead.spec }),
});
