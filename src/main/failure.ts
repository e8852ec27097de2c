import { FasciaError, safeReason } from "../base/errors.ts";

/** Exit code of wrong use: an unknown option, a missing argument, an argument that makes no sense. */
export const USAGE_EXIT = 2;

export interface Failure {
  text: string;
  exitCode: number;
}

/**
 * What to print about `error`, and the exit code. Our own errors are one line. The message of a foreign one may quote
 * a payload, so only its class, code and stack frames are shown; `debug` shows everything.
 * A FasciaError with code `UsageError` is wrong use.
 */
export function describeFailure(error: unknown, debug: boolean): Failure {
  const exitCode = error instanceof FasciaError && error.code === "UsageError" ? USAGE_EXIT : 1;
  if (debug) return { text: debugText(error), exitCode };
  if (error instanceof FasciaError) return { text: `fascia: ${error.message}`, exitCode };
  const lines = [`fascia: unexpected ${safeReason(error)}; FASCIA_DEBUG=1 shows more`, ...frames(error)];
  return { text: lines.join("\n"), exitCode };
}

/** Lines of a stack that are frames; what stands before them is the message. */
function frames(error: unknown): string[] {
  if (!(error instanceof Error) || error.stack === undefined) return [];
  const message = error.stack.indexOf(error.message);
  if (message < 0) return [];
  const rest = error.stack.slice(message + error.message.length);
  return rest.split("\n").filter((line) => /^ +at \S.*:\d+:\d+\)?$/.test(line));
}

function debugText(error: unknown): string {
  if (!(error instanceof Error)) return `fascia: ${String(error)}`;
  const cause = error.cause === undefined ? "" : `\ncaused by ${debugText(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
