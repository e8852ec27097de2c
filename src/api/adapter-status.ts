import { z } from "zod";
import { objectName } from "./meta.ts";

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

const messages = z.strictObject({
  in: count.describe("Originals that the source has stored since its stream was made, replayed ones among them."),
  out: count.describe("Deliveries that the target took, ever."),
  quarantined: count.describe("Messages that are put aside now and wait for a person."),
  lag: count.describe("Messages that wait to be normalised or delivered now, parked ones among them."),
});

/** What an Adapter's status says beside its conditions. Counts are brought up to date now and then, not with every message. */
export const adapterStatus = {
  replicas: z.int().min(0).max(10_000).optional().describe("Pods that there are."),
  readyReplicas: z.int().min(0).max(10_000).optional().describe("Pods that are ready."),
  selector: z.string().max(1024).optional().describe("Labels of the pods, for the scale subresource."),
  revision: z
    .string()
    .max(64)
    .optional()
    .describe("Configuration that the adapter is handed: Mapping-Revision of lineage."),
  class: objectName.optional().describe("AdapterClass that holds for it."),
  defaults: z
    .array(z.string().max(64))
    .max(16)
    .optional()
    .describe("Fields whose values come from its class, e.g. `spec.timeZone`."),
  messages: messages
    .optional()
    .describe(
      "How many messages came, went and wait, by what the hub holds; brought up to date at most once a minute.",
    ),
};
