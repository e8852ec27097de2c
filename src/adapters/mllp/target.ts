import type { MllpTargetSpec } from "../../api/adapter-mllp.ts";
import { FasciaError, safeReason } from "../../base/errors.ts";
import { readHeader } from "../../formats/hl7v2/header.ts";
import type { Channel, Outbound, Outcome, Target, TargetDeps } from "../adapter.ts";
import { readClientTls, serverNameOf } from "../tls.ts";
import { MllpClient } from "./client.ts";
import { FS, VT } from "./framer.ts";
import { outcomeOf } from "./outcome.ts";
import { Pool } from "./pool.ts";

/** Sends HL7 v2 messages over MLLP and turns acknowledgments into outcomes. */
export function createMllpTarget(spec: MllpTargetSpec, deps: TargetDeps): Target {
  return new MllpTarget(spec, deps);
}

class MllpTarget implements Target {
  readonly idempotent: boolean;
  readonly concurrency: number;
  readonly #spec: MllpTargetSpec;
  readonly #deps: TargetDeps;
  readonly #pool: Pool<MllpClient>;

  constructor(spec: MllpTargetSpec, deps: TargetDeps) {
    this.idempotent = spec.idempotent;
    this.concurrency = spec.connections;
    this.#spec = spec;
    this.#deps = deps;
    this.#pool = new Pool({
      size: spec.connections,
      keepOpen: spec.keepOpen,
      connect: (signal) => this.#connect(signal),
    });
  }

  async acquire(signal: AbortSignal): Promise<Channel | Extract<Outcome, { kind: "Transient" | "Permanent" }>> {
    try {
      const lease = await this.#pool.acquire(signal);
      return {
        send: (message, abort) => this.#send(lease.connection, message, abort),
        release: () => lease.release(),
      };
    } catch (error) {
      const ours = signal.aborted || (error instanceof FasciaError && error.code === "PoolClosed");
      return { kind: "Transient", reason: safeReason(error), down: !ours };
    }
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  async #connect(signal: AbortSignal): Promise<MllpClient> {
    const { host, port, tls, connectTimeoutSeconds } = this.#spec;
    const { clock, secrets } = this.#deps;
    const secured = tls && { tls: { ...(await readClientTls(tls, secrets)), ...serverNameOf(tls, host) } };
    return MllpClient.connect(
      { host, port, ...secured, connectTimeoutMs: connectTimeoutSeconds * 1000, clock },
      signal,
    );
  }

  async #send(client: MllpClient, message: Outbound, signal: AbortSignal): Promise<Outcome> {
    const checked = check(message.payload);
    if ("kind" in checked) return checked;
    const answer = await client.exchange(checked.bytes, checked.controlId, this.#spec.timeoutSeconds * 1000, signal);
    const count = client.takeIgnored();
    if (count > 0)
      this.#deps.log.warn("mllp acknowledgment ignored", {
        count,
        reason: "its MSA-2 names another message",
      });
    return outcomeOf(answer, this.#spec.onError);
  }
}

/** What can't be sent: what has no control id to be acknowledged by, and bytes that would break the framing. */
function check(payload: unknown): { bytes: Uint8Array; controlId: string } | Extract<Outcome, { kind: "Permanent" }> {
  if (!(payload instanceof Uint8Array)) return { kind: "Permanent", reason: "the rendered message is not HL7 v2" };
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  if (bytes.includes(VT) || bytes.includes(FS))
    return { kind: "Permanent", reason: "the message holds a byte that frames messages (0x0B or 0x1C)" };
  try {
    const { controlId } = readHeader(bytes);
    if (controlId !== "") return { bytes, controlId };
    return { kind: "Permanent", reason: "MSH-10 is empty: the receiver could not acknowledge the message" };
  } catch (error) {
    return { kind: "Permanent", reason: safeReason(error) };
  }
}
