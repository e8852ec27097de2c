import { z } from "zod";
import { clientTls, secretKeyRef, serverTls } from "./meta.ts";

const url = z
  .url({ protocol: /^https?$/ })
  .regex(/^https?:\/\/[^\s/?#]+\S*$/, "must be a URL of http or https, e.g. `https://billing.example/api`")
  .max(2048);

const client = {
  url: url.describe("Base address of the system. Credentials go into a Secret (`bearerTokenRef`), never in here."),
  bearerTokenRef: secretKeyRef.optional().describe("Token sent as `Authorization: Bearer`."),
  tls: clientTls.optional().describe("TLS beyond what an https address gives: an own CA, mutual TLS."),
  connections: z.int().min(1).max(256).default(8).describe("Most requests at a time."),
  timeoutSeconds: z.int().min(1).max(300).default(30).describe("How long one request may take."),
};

export const fhirTransport = z.strictObject({
  target: z
    .strictObject({
      ...client,
      interaction: z
        .enum(["Update", "Transaction"])
        .default("Update")
        .describe(
          "`Update` sends each resource as PUT [base]/[type]/[id]; `Transaction` sends them as one Bundle of PUTs.",
        ),
    })
    .optional()
    .describe("Send the resources of a Bundle to a FHIR server."),
});

export const httpTransport = z.strictObject({
  source: z
    .strictObject({
      port: z.int().min(0).max(65_535).describe("TCP port to listen on; 0 takes a free one."),
      path: z
        .string()
        .regex(/^\/[A-Za-z0-9/_.-]*$/, "must be a path, e.g. `/messages`")
        .max(512)
        .default("/")
        .describe("Path that takes POST requests."),
      tls: serverTls.optional().describe("TLS, and mutual TLS with clientAuth."),
      bearerTokenRef: secretKeyRef.optional().describe("Token that callers must send as `Authorization: Bearer`."),
      maxMessageBytes: z
        .int()
        .min(1024)
        .max(8_388_608)
        .default(1_048_576)
        .describe("Longest body, bytes; a longer one is refused with 413."),
    })
    .optional()
    .describe(
      "Webhook: the caller gets 202 once its message is stored. The header Idempotency-Key identifies a repeated request.",
    ),
  target: z
    .strictObject({
      ...client,
      contentType: z
        .string()
        .regex(/^application\/([a-z0-9.+-]+\+)?json$/, "must be a media type of JSON, e.g. `application/json`")
        .max(128)
        .optional()
        .describe("Content-Type of each request, e.g. `application/cloudevents+json`. Default: `application/json`."),
      method: z.enum(["POST", "PUT"]).default("POST").describe("HTTP method of each request."),
      idempotent: z
        .boolean()
        .default(false)
        .describe(
          "Whether the service recognises a repeated Idempotency-Key header. If not, a request that was sent and not answered goes to quarantine, for a person to decide.",
        ),
    })
    .optional()
    .describe("Send each message as one JSON request."),
});
export type FhirTargetSpec = NonNullable<z.infer<typeof fhirTransport>["target"]>;
export type HttpSourceSpec = NonNullable<z.infer<typeof httpTransport>["source"]>;
export type HttpTargetSpec = NonNullable<z.infer<typeof httpTransport>["target"]>;
