import { FasciaError, safeReason } from "../../base/errors.ts";

/** What a request to the API server failed with. */
export interface Failure {
  /** HTTP status; undefined where there was no answer. */
  status?: number | undefined;
  /** `metav1.StatusReason`, e.g. `NotFound`, `Expired`. */
  reason?: string | undefined;
  /** How long the server asks to wait, milliseconds. */
  retryAfterMs?: number | undefined;
}

/** A request to the API server that failed. `code` groups what callers tell apart; docs/errors.md lists them. */
export class KubeError extends FasciaError implements Failure {
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, failure: Failure, options?: { cause?: unknown }) {
    super(codeOf(failure), message, options);
    this.status = failure.status;
    this.reason = failure.reason;
    this.retryAfterMs = failure.retryAfterMs;
  }
}

function codeOf({ status, reason }: Failure): string {
  if (status === undefined || status >= 500) return "KubeUnavailable";
  if (status === 410 || reason === "Expired") return "KubeExpired";
  if (status === 401 || status === 403) return "KubeForbidden";
  if (status === 404) return "KubeNotFound";
  if (status === 409) return "KubeConflict";
  if (status === 429) return "KubeThrottled";
  return "KubeInvalid";
}

export const isNotFound = (error: unknown): boolean => error instanceof KubeError && error.status === 404;
export const isConflict = (error: unknown): boolean => error instanceof KubeError && error.status === 409;

/** What `request` gives; undefined where the API server says that there is no such resource. */
export async function ifFound<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** `metav1.Status`, as far as it is read. */
export interface Status {
  code?: number;
  reason?: string;
  message?: string;
  details?: { retryAfterSeconds?: number };
}

const MAX_TEXT = 240;

/**
 * The error for an answer that is none. `what` says what was asked, e.g. `GET /api/v1/secrets`. The server's own text
 * is repeated, since it names the field that is wrong; not so for Secrets, whose values it may quote.
 */
export function refusal(what: string, httpStatus: number, body: string, retryAfter?: string): KubeError {
  const status = statusOf(body);
  const code = status.code ?? httpStatus;
  const text = what.includes("/secrets") ? undefined : status.message?.slice(0, MAX_TEXT);
  const reason = status.reason === undefined || status.reason === "" ? "" : ` ${status.reason}`;
  return new KubeError(`${what}: the API server answers ${code}${reason}${text === undefined ? "" : `: ${text}`}`, {
    status: code,
    reason: status.reason,
    retryAfterMs: retryMs(retryAfter) ?? retryMs(status.details?.retryAfterSeconds),
  });
}

/** The error for a request without an answer: refused, cut off, timed out, or not what a server of Kubernetes sends. */
export function noAnswer(what: string, cause: unknown): KubeError {
  return new KubeError(`${what}: no answer from the API server: ${safeReason(cause)}`, {}, { cause });
}

function statusOf(body: string): Status {
  try {
    const parsed = JSON.parse(body) as Status | null;
    return parsed !== null && typeof parsed === "object" ? parsed : {};
  } catch {
    return {};
  }
}

/** Seconds as `Retry-After` gives them; the form with a date is not used by the API server. */
function retryMs(seconds: string | number | undefined): number | undefined {
  const value = Number(seconds);
  return seconds !== undefined && seconds !== "" && value >= 0 ? value * 1000 : undefined;
}
