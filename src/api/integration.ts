import { z } from "zod";
import { API_VERSION, expression, label, listByKeys, metadata, owner, setOf, version, versionRange } from "./meta.ts";

const retry = z.strictObject({
  attempts: z
    .int()
    .min(1)
    .max(100)
    .default(5)
    .describe(
      "Attempts before the messages of that key are parked: set aside in order, so that others go on, and tried until they succeed.",
    ),
  initialDelaySeconds: z
    .number()
    .min(0.01)
    .max(3600)
    .default(1)
    .describe("Delay before the second attempt; it doubles with each further one, with jitter."),
  maxDelaySeconds: z.number().min(0.01).max(86_400).default(60).describe("Longest delay between attempts."),
});

const reply = z.strictObject({
  contract: label.describe("Contract that the target's reply becomes."),
  version: version.describe("Version of that contract."),
  map: expression
    .optional()
    .describe(
      "Expression over the reply (`$`) and `$message` (metadata of the message that was delivered); its result is the payload. Default: the reply as it is.",
    ),
});

const to = z.strictObject({
  adapter: label.describe("Target Adapter in the same namespace."),
  version: version
    .optional()
    .describe(
      "Contract version to deliver; must be among what the Adapter accepts. Default: the highest that it accepts.",
    ),
  when: expression
    .optional()
    .describe(
      "Only messages for which this expression yields true are delivered to this target. It sees the payload (`$`) as the target may, translated and without what its clearance hides, and `$message` (its metadata).",
    ),
  map: expression
    .optional()
    .describe(
      "Expression over the payload (`$`) as `when` sees it, and `$message`; its result is what the Adapter's own mapping gets.",
    ),
  retry: retry.prefault({}).describe("How often and how soon a failed delivery is tried again."),
  onPermanent: z
    .enum(["Quarantine", "Block"])
    .default("Quarantine")
    .describe(
      "What becomes of a message that the target refuses for good: `Quarantine` puts it aside and goes on, `Block` holds it and everything behind it under the same key.",
    ),
  reply: reply
    .optional()
    .describe(
      "Publish the target's reply on the hub, as a message with the same keys and correlation id. Default: a reply is not kept.",
    ),
});

export const integrationSpec = z.strictObject({
  owner,
  description: z.string().max(2048).optional().describe("What the route is for, for people."),
  event: z
    .strictObject({
      from: z
        .strictObject({
          contract: label.describe("Contract to subscribe to."),
          version: versionRange.describe(
            "Versions to subscribe to, as a semver range within one major, e.g. `^1.0.0`.",
          ),
          adapters: setOf(label)
            .min(1)
            .max(64)
            .optional()
            .describe("Only messages of these Adapters, of the same namespace. Default: of all of them."),
          events: setOf(
            z
              .string()
              .regex(/^[A-Za-z0-9_-]+$/, "must be letters, digits, `_` and `-`, e.g. `A01`")
              .max(64),
          )
            .min(1)
            .max(64)
            .optional()
            .describe("Only these events, e.g. `A01`. Default: every event."),
        })
        .describe("Which messages of the hub are taken."),
      filter: expression
        .optional()
        .describe(
          "Only messages for which this expression over the payload as it was published (`$`) and `$message` (its metadata) yields true are taken.",
        ),
      to: listByKeys(to, "adapter")
        .min(1)
        .max(64)
        .describe("Targets. Each is delivered to on its own: one that fails does not hold up another."),
    })
    .optional()
    .describe("Publish and subscribe: each message is delivered to every target."),
});

export const integration = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("Integration"),
  metadata,
  spec: integrationSpec,
});
export type Integration = z.infer<typeof integration>;
export type IntegrationTarget = z.infer<typeof to>;
export type ReplySpec = z.infer<typeof reply>;
export type RetrySpec = z.infer<typeof retry>;
