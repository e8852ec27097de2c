import type { Happening } from "../kube/events.ts";
import type { Condition } from "./conditions.ts";
import { REASONS, type Reason } from "./reasons.ts";

/** Of these every resource says the same at once: a condition each, but no event each. */
const SHARED: ReadonlySet<string> = new Set<Reason>(["HubUnavailable", "StoreFull"]);
/** The operator is at work because somebody deleted the resource. */
const LEAVING: ReadonlySet<string> = new Set<Reason>(["Draining", "InUse"]);

/**
 * What is worth an event when a resource's conditions change: it became ready, it is not ready any more, or it waits for
 * something or somebody. Steps on the way there are conditions only.
 */
export function happeningOf(before: readonly Condition[], after: readonly Condition[]): Happening | undefined {
  const [old, now] = [readyOf(before), readyOf(after)];
  if (now === undefined || (old?.status === now.status && old.reason === now.reason)) return undefined;
  if (SHARED.has(now.reason)) return undefined;
  const happening = { reason: now.reason, action: "Reconcile", note: now.message };
  if (now.status === "True") return becameReady(old, now) ? { type: "Normal", ...happening } : undefined;
  if (LEAVING.has(now.reason)) return { type: "Normal", ...happening };
  const { progress } = REASONS[now.reason as Reason];
  const lost = old?.status === "True" && now.status === "False";
  return progress !== "working" || lost ? { type: "Warning", ...happening } : undefined;
}

/** What only had its turn to come is no news, unless pods run now. */
const becameReady = (old: Condition | undefined, now: Condition): boolean =>
  old !== undefined &&
  old.status !== "True" &&
  !SHARED.has(old.reason) &&
  (old.reason !== ("Pending" satisfies Reason) || now.reason === ("Running" satisfies Reason));

const readyOf = (conditions: readonly Condition[]): Condition | undefined =>
  conditions.find(({ type }) => type === "Ready");
