import type { Receipt, Received, Source, SourceDeps } from "../../src/adapters/adapter.ts";
import { createMllpSource } from "../../src/adapters/mllp/source.ts";
import { mllpTransport } from "../../src/api/adapter-mllp.ts";
import { systemClock } from "../../src/base/clock.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { MemorySecrets } from "./certificates.ts";
import { Sender, framed } from "./mllp.ts";

/** An MLLP source on 127.0.0.1, what it received, and what it logged. */
export interface RunningSource {
  source: Source;
  address: string;
  port: number;
  received: Received[];
  /** Control ids of what was received. */
  ids(): string[];
  /** Calls of `receive` that have not returned. */
  underWay(): number;
  mostUnderWay(): number;
  logged: string[];
}

export type Answering = (message: Received, index: number) => Promise<Receipt> | Receipt;

export const accept: Answering = (message) => ({ status: "Accepted", messageId: message.identity[2] ?? "" });

/** Starts a source with `spec` beside the defaults of the API. What is started is to be stopped by the caller. */
export async function startSource(
  spec: Record<string, unknown> = {},
  answer: Answering = accept,
  deps: Partial<SourceDeps> = {},
): Promise<RunningSource> {
  const parsed = mllpTransport.parse({ source: { port: 0, ...spec } }).source;
  if (parsed === undefined) throw new Error("no source");
  const received: Received[] = [];
  const logged: string[] = [];
  const log = createLog({ level: "debug", destination: { write: (line) => logged.push(line) } });
  const base = { secrets: new MemorySecrets(), clock: systemClock, log, host: "127.0.0.1" };
  const source = createMllpSource(parsed, { ...base, ...deps });
  let underWay = 0;
  let most = 0;
  const address = await source.start(async (message) => {
    most = Math.max(most, ++underWay);
    const index = received.push(message) - 1;
    try {
      return await answer(message, index);
    } finally {
      underWay--;
    }
  });
  return {
    source,
    address,
    port: Number(address.slice(address.lastIndexOf(":") + 1)),
    received,
    ids: () => received.map((message) => message.identity[2] ?? ""),
    underWay: () => underWay,
    mostUnderWay: () => most,
    logged,
  };
}

/** What was written to or by the source before this has arrived after it. */
export async function roundTrip(port: number): Promise<void> {
  const sender = await Sender.connect(port);
  sender.write(framed(Buffer.from("no HL7")));
  await sender.acks(1);
}

/** Receipts that a test gives when it wants to. */
export function held(): { answer: Answering; give(receipt?: Receipt): void } {
  const waiting: ((receipt: Receipt) => void)[] = [];
  return {
    answer: () => new Promise((resolve) => waiting.push(resolve)),
    give: (receipt = { status: "Accepted", messageId: "m" }) => waiting.shift()?.(receipt),
  };
}
