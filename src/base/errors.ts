/**
 * Errors whose text may be shown, logged and stored. A `FasciaError`'s message is written by us from configuration,
 * positions and codes, never from payload content, so it is safe outside payloads. The message of any other error
 * (JSON.parse quotes its input, a library may too) is not: `safeReason` keeps only its kind.
 */
export class FasciaError extends Error {
  /** A stable CamelCase name of the cause, e.g. `StreamFull`; documented in docs/errors.md. */
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "FasciaError";
    this.code = code;
  }
}

/** A text about `error` that carries no payload content: our own messages whole, of others only class and code. */
export function safeReason(error: unknown): string {
  if (error instanceof FasciaError) return error.message;
  if (!(error instanceof Error)) return "unknown error";
  const code = (error as { code?: unknown }).code;
  const known = typeof code === "string" || typeof code === "number";
  return known ? `${error.name} (${code})` : error.name;
}

/** The code of `error` for metrics and records: a FasciaError's own, otherwise the error's class name. */
export function errorCode(error: unknown): string {
  if (error instanceof FasciaError) return error.code;
  return error instanceof Error ? error.name : "Unknown";
}
