/** What is known of an Adapter that is being deleted. */
export interface FinalizeFacts {
  /** `deletionPolicy: Discard`. */
  discard: boolean;
  /** Since it was deleted. */
  elapsedMs: number;
  /** `drainTimeoutSeconds`. */
  timeoutMs: number;
  /** Its namespace is being deleted, with everything in it. */
  namespaceGoes: boolean;
  /** Whether its pods can still bring anything to an end. */
  podsWork: boolean;
  /**
   * What the hub was programmed by: the Adapter as it was `Before` its deletion, as one that is `Draining`, or as one that
   * is `Gone`. `Unavailable`: nobody can program it now.
   */
  hub: "Before" | "Draining" | "Gone" | "Unavailable";
  /** Messages that it is not done with; undefined where nobody can tell, or it is too early to. */
  waiting: number | undefined;
}

/**
 * `Drain`: let it go on. `Leave`: have the hub programmed without it. `Discard`: throw away what is left of it. `Go`: let
 * it be gone; what may still stand in the hub the program takes away when it can.
 */
export type FinalizeStep = "Drain" | "Leave" | "Discard" | "Go";

/** Programming the hub may take this long after the time is over, before it is not waited for any more. */
const GRACE_MS = 30_000;

/** What comes next. It ends by `timeoutMs` and a grace at the latest, whatever answers or does not. */
export function finalizeStep(facts: FinalizeFacts): FinalizeStep {
  if (!isOver(facts)) return "Drain";
  const { discard, elapsedMs, timeoutMs, namespaceGoes, hub } = facts;
  const inTime = elapsedMs < timeoutMs && !namespaceGoes;
  switch (hub) {
    case "Gone":
      return discard ? "Discard" : "Go";
    case "Unavailable":
      // Only here and now it is known that something is to be thrown away.
      return discard && inTime ? "Leave" : "Go";
    default:
      return (namespaceGoes && !discard) || elapsedMs >= timeoutMs + GRACE_MS ? "Go" : "Leave";
  }
}

const isOver = ({ discard, elapsedMs, timeoutMs, namespaceGoes, podsWork, hub, waiting }: FinalizeFacts): boolean =>
  discard ||
  namespaceGoes ||
  elapsedMs >= timeoutMs ||
  !podsWork ||
  hub === "Gone" ||
  (hub === "Draining" && waiting === 0);
