import { z } from "zod";

/** What the API server checks of every object's metadata, whatever its kind (k8s.io/apimachinery, pkg/api/validation). */

const PREFIX = String.raw`(?=[^/]{1,253}/)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/`;
const NAME = String.raw`(?=[^/]{1,63}$)[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?`;
const NAMING = "must be a name such as `team` or `example.com/team`: letters, digits, and `-`, `_`, `.` within";

const labelKey = z.string().regex(new RegExp(`^(${PREFIX})?${NAME}$`), NAMING);
/** As that of a label, but for capital letters in the prefix. */
const annotationKey = z.string().regex(new RegExp(`^(${PREFIX})?${NAME}$`, "i"), NAMING);

const labelValue = z
  .string()
  .regex(
    /^(?=.{0,63}$)([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/,
    "must be empty, or at most 63 letters, digits, and `-`, `_`, `.` within",
  );

const MAX_ANNOTATION_BYTES = 256 * 1024;
const bytesOf = (annotations: Record<string, string>): number =>
  Object.entries(annotations).reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);

export const labels = z.record(labelKey, labelValue);

export const annotations = z
  .record(annotationKey, z.string())
  .refine((all) => bytesOf(all) <= MAX_ANNOTATION_BYTES, "larger than 256 KiB together, names and texts");

/** Where a resource is; a manifest that says nothing is in `default`. */
export const namespaceOf = ({ metadata }: { metadata: { namespace?: string | undefined } }): string =>
  metadata.namespace ?? "default";
