import type { z } from "zod";
import type { condition } from "../../api/meta.ts";
import { REASONS, type Reason } from "./reasons.ts";

export type Condition = z.infer<typeof condition>;

/** In the order in which they are shown. */
const TYPES = [
  "Ready",
  "Reconciling",
  "Stalled",
  "ResolvedRefs",
  "Programmed",
  "Durable",
  "UsesDeprecatedContract",
] as const;
export type ConditionType = (typeof TYPES)[number];

/** What is to be said of one type of condition. */
export interface Verdict {
  status: Condition["status"];
  reason: Reason;
  /** One line, for people. */
  message: string;
}

export type Verdicts = Partial<Record<ConditionType, Verdict>>;

export const yes = (reason: Reason, message: string): Verdict => ({ status: "True", reason, message });
export const no = (reason: Reason, message: string): Verdict => ({ status: "False", reason, message });
export const unknown = (reason: Reason, message: string): Verdict => ({ status: "Unknown", reason, message });

/**
 * `ready` with the two conditions by which kstatus tells whether to go on waiting: Reconciling while the operator is at
 * work, Stalled when a person must do something.
 */
export function withProgress(ready: Verdict): Pick<Required<Verdicts>, "Ready" | "Reconciling" | "Stalled"> {
  const { progress } = REASONS[ready.reason];
  const { reason, message } = ready;
  return {
    Ready: ready,
    Reconciling: progress === "working" ? yes(reason, message) : no("Settled", ""),
    Stalled: progress === "stalled" ? yes(reason, message) : no("NotStalled", ""),
  };
}

/**
 * Conditions as they stand in status. `now` (RFC 3339) is the time of transition only of those whose status is another
 * than in `previous`, so that the same verdicts give the same conditions, and nothing is written.
 */
export function conditionsOf(
  verdicts: Verdicts,
  generation: number,
  previous: readonly Condition[],
  now: string,
): Condition[] {
  return TYPES.flatMap((type) => {
    const verdict = verdicts[type];
    if (verdict === undefined) return [];
    const before = previous.find((each) => each.type === type);
    const lastTransitionTime = before?.status === verdict.status ? before.lastTransitionTime : now;
    return [{ type, ...verdict, observedGeneration: generation, lastTransitionTime }];
  });
}

/** The first `shown` of several lines as one, and how many more there are. */
export function inOneLine(lines: readonly string[], shown = 2): string {
  const more = lines.length - shown;
  return `${lines.slice(0, shown).join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}
