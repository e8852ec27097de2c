import type { Receipt, Received, Secrets, Source } from "../../src/adapters/adapter.ts";
import { LIMITS, type Limits } from "../../src/adapters/http/server.ts";
import { createHttpSource } from "../../src/adapters/http/source.ts";
import type { HttpSourceSpec } from "../../src/api/adapter-http.ts";
import { systemClock } from "../../src/base/clock.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { MemorySecrets } from "./certificates.ts";

/** A webhook on 127.0.0.1 at `/hooks/lab`, what it received, and what it logged. */
export interface RunningWebhook {
  source: Source;
  address: string;
  port: number;
  received: Received[];
  /** What becomes of each message; accepted unless told otherwise. */
  receive: (message: Received) => Promise<Receipt>;
  logged(): string;
}

/** Starts a webhook. What is started is to be stopped by the caller. */
export async function startWebhook(
  spec: Partial<HttpSourceSpec> = {},
  options: { limits?: Partial<Limits>; secrets?: Secrets } = {},
): Promise<RunningWebhook> {
  let log = "";
  const source = createHttpSource(
    { port: 0, path: "/hooks/lab", maxMessageBytes: 4096, ...spec },
    {
      secrets: options.secrets ?? new MemorySecrets(),
      clock: systemClock,
      log: createLog({ level: "debug", destination: { write: (line) => void (log += line) } }),
      host: "127.0.0.1",
    },
    { ...LIMITS, ...options.limits },
  );
  const webhook: RunningWebhook = {
    source,
    address: "",
    port: 0,
    received: [],
    receive: async () => ({ status: "Accepted", messageId: "k1.m" }),
    logged: () => log,
  };
  webhook.address = await source.start((message) => {
    webhook.received.push(message);
    return webhook.receive(message);
  });
  webhook.port = Number(new URL(webhook.address).port);
  return webhook;
}
