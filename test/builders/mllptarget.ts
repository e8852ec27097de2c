import { onTestFinished } from "vitest";
import { type Channel, type Outcome, type Target, type TargetDeps, isChannel } from "../../src/adapters/adapter.ts";
import { createMllpTarget } from "../../src/adapters/mllp/target.ts";
import { mllpTransport } from "../../src/api/adapter-mllp.ts";
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import { admission } from "./admission.ts";
import { MemorySecrets } from "./certificates.ts";
import { Receiver, acknowledgment, controlIdOf, framed } from "./mllp.ts";

const never = new AbortController().signal;

/** A receiver that is closed after the test. */
export async function receiver(react?: Receiver["react"]): Promise<Receiver> {
  const peer = await new Receiver().listen();
  if (react !== undefined) peer.react = react;
  onTestFinished(() => peer.close());
  return peer;
}

/** A target of it with `spec` beside the defaults of the API; closed after the test, before its receiver. */
export function target(port: number, spec: Record<string, unknown> = {}, deps: Partial<TargetDeps> = {}): Target {
  const parsed = mllpTransport.parse({ target: { host: "127.0.0.1", port, ...spec } }).target;
  if (parsed === undefined) throw new Error("no target");
  const made = createMllpTarget(parsed, { secrets: new MemorySecrets(), clock: systemClock, log: silentLog, ...deps });
  onTestFinished(() => made.close());
  return made;
}

/** A channel; fails where there is none. */
export async function channel(to: Target, signal = never): Promise<Channel> {
  const acquired = await to.acquire(signal);
  if (!isChannel(acquired)) throw new Error(acquired.reason);
  return acquired;
}

export const outbound = (payload: unknown) => ({ payload, messageId: "m", idempotencyKey: "k" });

/** Acquires, sends and releases. */
export async function deliver(to: Target, payload: unknown = admission("1"), signal = never): Promise<Outcome> {
  const way = await to.acquire(signal);
  if (!isChannel(way)) return way;
  try {
    return await way.send(outbound(payload), signal);
  } finally {
    way.release();
  }
}

/** Answers every message with this code. */
export const answering =
  (code: string, more = ""): Receiver["react"] =>
  (message) =>
    framed(acknowledgment(code, controlIdOf(message), more));
