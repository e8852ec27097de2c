import { z } from "zod";
import { clientTls, serverTls } from "./meta.ts";

const source = z.strictObject({
  port: z.int().min(0).max(65_535).describe("TCP port to listen on; 0 takes a free one."),
  tls: serverTls.optional().describe("TLS, and mutual TLS with clientAuth."),
  acknowledgement: z
    .enum(["Auto", "Original", "Enhanced"])
    .default("Auto")
    .describe("`Auto`: enhanced mode (CA/CE/CR) for messages with MSH-15 or MSH-16, original (AA/AE/AR) for others."),
  retryCode: z
    .enum(["CE", "CR"])
    .default("CE")
    .describe(
      "Enhanced mode only: the commit code that tells this sender to try again later; the other one tells it that the message is refused. Vendors disagree.",
    ),
  maxMessageBytes: z
    .int()
    .min(1024)
    .max(8_388_608)
    .default(1_048_576)
    .describe("Longest message, bytes; a longer one is refused (AR) and the connection closed."),
  maxConnections: z.int().min(1).max(10_000).default(256).describe("Further connections are closed at once."),
  idleTimeoutSeconds: z
    .int()
    .min(1)
    .max(86_400)
    .default(3600)
    .describe("A connection without traffic is closed after this time."),
  readTimeoutSeconds: z
    .int()
    .min(1)
    .max(3600)
    .default(30)
    .describe("A message that has begun must be complete within this time."),
});

const target = z.strictObject({
  host: z.string().min(1).max(253).describe("Host name or address of the receiver."),
  port: z.int().min(1).max(65_535).describe("TCP port of the receiver."),
  tls: clientTls.optional().describe("TLS, and mutual TLS where the Secret has a certificate."),
  connections: z.int().min(1).max(64).default(1).describe("Parallel connections; each has one message under way."),
  keepOpen: z.boolean().default(true).describe("Keep the connection for the next message, or open one for each."),
  connectTimeoutSeconds: z.int().min(1).max(300).default(10).describe("How long connecting may take."),
  timeoutSeconds: z.int().min(1).max(300).default(30).describe("How long the receiver may take to acknowledge."),
  idempotent: z
    .boolean()
    .default(false)
    .describe(
      "Whether the receiver recognises a repeated MSH-10. If not, a message that was sent and not answered goes to quarantine, for a person to decide.",
    ),
  onError: z
    .enum(["Retry", "Quarantine"])
    .default("Retry")
    .describe(
      "What AE (and CE) of this receiver means: `Retry`, it may take the message later; `Quarantine`, it never will.",
    ),
  charset: z.enum(["UTF-8", "8859/1", "ASCII"]).default("UTF-8").describe("Character set to send, named in MSH-18."),
});

export const mllpTransport = z.strictObject({
  source: source.optional().describe("Listen for messages."),
  target: target.optional().describe("Send messages."),
});
export type MllpSourceSpec = z.infer<typeof source>;
export type MllpTargetSpec = z.infer<typeof target>;
