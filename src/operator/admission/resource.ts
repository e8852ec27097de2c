import { checkResource, formatPath } from "../../api/check.ts";
import type { KindInfo } from "../../api/meta.ts";
import type { Resource, Verdict } from "../../policy/rule.ts";
import { isDeeper } from "./depth.ts";
import { record } from "./review.ts";

/** Far more than any schema of people has, far less than what a call stack takes. */
const MAX_DEPTH = 256;

/** The object as a resource with its defaults, or what is wrong with it. What others write (status) is not looked at. */
export function readResource(kind: KindInfo, object: unknown): { resource?: Resource; verdicts: Verdict[] } {
  if (isDeeper(object, MAX_DEPTH)) return { verdicts: [invalid("", `nests deeper than ${MAX_DEPTH} levels`)] };
  const { apiVersion, kind: name, metadata, spec } = record(object);
  const checked = checkResource(kind, { apiVersion, kind: name, metadata, spec });
  if ("resource" in checked) return { resource: checked.resource as Resource, verdicts: [] };
  return { verdicts: checked.faults.map(({ path, reason }) => invalid(formatPath(path), reason)) };
}

export const invalid = (path: string, message: string): Verdict => ({
  rule: "resource/invalid",
  severity: "Deny",
  path,
  message,
});
