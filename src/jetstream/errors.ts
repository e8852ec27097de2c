import { JetStreamApiError } from "@nats-io/jetstream";
import { PermissionViolationError, RequestError, TimeoutError, errors } from "@nats-io/nats-core";
import { FasciaError } from "../base/errors.ts";

/** The error codes of JetStream that the project acts on (nats-server, server/errors.json). */
const CODES: Record<number, { code: string; text: string }> = {
  10_071: { code: "Fenced", text: "another writer has published here" },
  10_164: { code: "Fenced", text: "another writer has published here" },
  10_077: { code: "StreamFull", text: "the stream is full" },
  10_047: { code: "StreamFull", text: "the server's store is full" },
  10_023: { code: "StreamFull", text: "the server's store is full" },
  10_028: { code: "StreamFull", text: "the account's store is full" },
  10_054: { code: "MessageTooLarge", text: "the message is larger than the stream takes" },
  10_059: { code: "StreamMissing", text: "the stream does not exist" },
  10_074: {
    code: "HubRefused",
    text: "copies of a stream need a cluster of NATS servers: name one with --nats, or leave out --replicas",
  },
  10_014: { code: "ConsumerMissing", text: "the consumer does not exist" },
};

/** Turns what the NATS client throws into a FasciaError that names the stream or subject it is about. */
export function hubError(error: unknown, about: string): FasciaError {
  if (error instanceof FasciaError) return error;
  if (error instanceof JetStreamApiError) {
    const known = CODES[error.code];
    const code = known?.code ?? "HubRefused";
    return new FasciaError(code, `${about}: ${known?.text ?? "refused by JetStream"} (error ${error.code})`, {
      cause: error,
    });
  }
  if (isRefusal(error)) {
    return new FasciaError("HubForbidden", `${about}: the NATS credentials do not permit it`, { cause: error });
  }
  if (isConnectivity(error)) {
    return new FasciaError("HubUnavailable", `${about}: the hub does not answer`, { cause: error });
  }
  return new FasciaError("HubFailed", `${about}: the hub client failed`, { cause: error });
}

/**
 * Whether the same request may succeed later: the hub is silent or full, the stream is about to be made again, or
 * renewed credentials are on their way.
 */
export const mayPassLater = (code: string): boolean =>
  code === "HubUnavailable" || code === "StreamFull" || code === "StreamMissing" || code === "HubForbidden";

/** The client wraps a refusal in an error of the request, where there is one. */
const isRefusal = (error: unknown): boolean =>
  error instanceof PermissionViolationError || (error instanceof Error && isRefusal(error.cause));

/** Nobody answered: whether the request had an effect is unknown. */
function isConnectivity(error: unknown): boolean {
  return (
    error instanceof TimeoutError ||
    error instanceof RequestError ||
    error instanceof errors.ClosedConnectionError ||
    error instanceof errors.DrainingConnectionError ||
    error instanceof errors.NoRespondersError ||
    // The client wraps "no responders" in a class that it does not export.
    (error instanceof Error && error.cause instanceof RequestError)
  );
}
