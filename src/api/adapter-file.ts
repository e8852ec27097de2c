import { z } from "zod";
import { objectName } from "./meta.ts";

const path = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^[^\0]+$/, "must not hold a NUL character");

const claimName = objectName.optional();

export const fileTransport = z.strictObject({
  source: z
    .strictObject({
      directory: path.describe(
        "Directory to read. Files are taken in the order of their names, and moved to `done/` beneath it once all their messages are stored.",
      ),
      claimName: claimName.describe(
        "PersistentVolumeClaim of this namespace that is mounted at `directory`. Default: an empty directory that goes with the pod.",
      ),
      suffix: z
        .string()
        .max(32)
        .default(".ndjson")
        .describe(
          "Only files whose names end so are read: give a file this ending last, by renaming it once it is written.",
        ),
      format: z
        .enum(["NDJSON", "HL7v2"])
        .default("NDJSON")
        .describe(
          "One JSON document a line, or HL7 v2 messages (several MSH, with or without FHS/BHS batch envelopes).",
        ),
      pollSeconds: z.int().min(1).max(3600).default(5).describe("How often the directory is looked at, seconds."),
      maxMessageBytes: z
        .int()
        .min(1024)
        .max(8_388_608)
        .default(1_048_576)
        .describe("Longest message, bytes; a longer one is told of in `<file>.errors` and passed over."),
    })
    .optional()
    .describe("Read messages from files."),
  target: z
    .strictObject({
      path: path.describe(
        "File to append to, one JSON document a line (NDJSON). A write counts once it is synced to disk.",
      ),
      claimName: claimName.describe(
        "PersistentVolumeClaim of this namespace that is mounted at the directory of `path`. Default: an empty directory that goes with the pod.",
      ),
    })
    .optional()
    .describe("Append messages to a file."),
});
export type FileSourceSpec = NonNullable<z.infer<typeof fileTransport>["source"]>;
export type FileTargetSpec = NonNullable<z.infer<typeof fileTransport>["target"]>;
