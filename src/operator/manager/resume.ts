import { backoff, type BackoffPolicy } from "../../base/backoff.ts";
import { KubeError } from "../kube/failure.ts";

/** How an attempt to list, or to watch, came to its end. */
export interface Ended {
  /** Undefined when the server ended the watch as it was asked to. */
  error?: unknown;
  /** How long it was open, milliseconds. */
  livedMs: number;
  /** Whether an event or a bookmark came through. */
  progressed: boolean;
}

/** What to do next. */
export interface Resume {
  /** List everything anew; false: watch on behind the last event that was seen. */
  relist: boolean;
  waitMs: number;
  /** Failures in a row so far, to be handed in next time. */
  failures: number;
}

const POLICY: BackoffPolicy = { initialMs: 500, maxMs: 15_000 };
/** A watch that stood this long was no failure to open one. */
const STOOD_MS = 5_000;
/** After this many failures in a row where the watch stands is in doubt, e.g. after a restore of etcd. */
const RELIST_AFTER = 3;

/** Goes on where the last attempt ended without losing an event, and without pressing a server that is in trouble. */
export function resume(ended: Ended, failuresBefore: number, random: () => number): Resume {
  const stood = ended.progressed || ended.livedMs >= STOOD_MS;
  if (ended.error === undefined && stood) return { relist: false, waitMs: 0, failures: 0 };
  const failures = stood ? 1 : failuresBefore + 1;
  const relist = mustRelist(ended.error) || failures >= RELIST_AFTER;
  const asked = ended.error instanceof KubeError ? (ended.error.retryAfterMs ?? 0) : 0;
  // The first relist is the cure, not a try again.
  const atOnce = failures === 1 && mustRelist(ended.error);
  const waitMs = atOnce ? 0 : Math.max(asked, backoff(POLICY, failures, random));
  return { relist, waitMs, failures };
}

/** History is gone (410), or the watch fell silent, after which only a list tells that nothing was missed. */
function mustRelist(error: unknown): boolean {
  return (error instanceof KubeError && error.code === "KubeExpired") || isSilence(error);
}

/**
 * Nothing was heard for too long: the connection is dead without knowing it, or the type is so quiet that the API server
 * knows of no progress to send a bookmark about. A list wakes that, too.
 */
export function isSilence(error: unknown): boolean {
  return error instanceof KubeError && (error.cause as { code?: string } | undefined)?.code === "UND_ERR_BODY_TIMEOUT";
}
