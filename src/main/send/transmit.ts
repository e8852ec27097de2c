import { type Answer, MllpClient } from "../../adapters/mllp/client.ts";
import type { DialOptions } from "../../adapters/mllp/dial.ts";
import type { Clock } from "../../base/clock.ts";
import type { Sendable } from "./messages.ts";

export interface TransmitOptions {
  client: DialOptions;
  /** How many are sent in all; the messages are taken in turn. */
  count: number;
  /** Messages a second over all connections; undefined: as fast as they are acknowledged. */
  rate?: number | undefined;
  connections: number;
  timeoutMs: number;
  /** Makes a control id for each message sent; undefined: messages keep theirs. */
  newControlId?: (() => string) | undefined;
}

/** What became of one message. */
export interface Sent {
  controlId: string;
  answer: Answer;
  /** From the first byte written to the acknowledgment read, milliseconds. */
  latencyMs: number;
}

/**
 * Sends messages over several connections, each with one message under way, until all are sent or `signal` aborts.
 * A connection that is lost is made again for its next message. Rejects with FasciaError `ConnectFailed`.
 */
export async function transmit(
  messages: Sendable[],
  options: TransmitOptions,
  onSent: (sent: Sent) => void,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = options.client;
  const clients = await connectAll(options, signal);
  const turns = takeTurns(options, clock.monotonic());
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const send = async (first: MllpClient): Promise<void> => {
    let client = first;
    try {
      for (let turn = turns(); turn !== undefined && !stop.aborted; turn = turns()) {
        await waitUntil(turn.dueAt, clock, stop);
        if (stop.aborted) return;
        if (!client.usable) client = await MllpClient.connect(options.client, stop);
        onSent(await sendOne(client, messages[turn.index % messages.length] as Sendable, options, stop));
      }
    } catch (error) {
      failed.abort();
      throw error;
    } finally {
      await client.close();
    }
  };
  await allOrFirstError(clients.map(send));
}

/** Waits for all, however they end; then rejects with the first error, if any. */
async function allOrFirstError<T>(promises: Promise<T>[]): Promise<void> {
  const results = await Promise.allSettled(promises);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

async function connectAll(options: TransmitOptions, signal: AbortSignal): Promise<MllpClient[]> {
  const connections = Math.min(options.connections, options.count);
  const attempts = Array.from({ length: connections }, () => MllpClient.connect(options.client, signal));
  try {
    await allOrFirstError(attempts);
    return await Promise.all(attempts);
  } catch (error) {
    const results = await Promise.allSettled(attempts);
    for (const result of results) if (result.status === "fulfilled") await result.value.close();
    throw error;
  }
}

/** Hands out the numbers of messages, with when each is due; undefined when there are no more. */
function takeTurns(options: TransmitOptions, startedAt: number): () => { index: number; dueAt: number } | undefined {
  const { count, rate } = options;
  let next = 0;
  return () => {
    if (next >= count) return undefined;
    const index = next++;
    return { index, dueAt: rate === undefined ? startedAt : startedAt + (index * 1000) / rate };
  };
}

async function waitUntil(dueAt: number, clock: Clock, signal: AbortSignal): Promise<void> {
  const ms = dueAt - clock.monotonic();
  if (ms > 0) await clock.sleep(ms, signal);
}

async function sendOne(
  client: MllpClient,
  message: Sendable,
  options: TransmitOptions,
  signal: AbortSignal,
): Promise<Sent> {
  const { bytes, controlId } = message.build(options.newControlId?.());
  const { clock } = options.client;
  const startedAt = clock.monotonic();
  const answer = await client.exchange(bytes, controlId, options.timeoutMs, signal);
  return { controlId, answer, latencyMs: clock.monotonic() - startedAt };
}
