import type { LintReport } from "../../standalone/lint.ts";
import { jsonText } from "../jsontext.ts";

/** The whole report, for programs. */
export function asJson({ at, usesKnown, resources, findings }: LintReport): string {
  return `${jsonText({ at: new Date(at).toISOString(), usesKnown, resources: resources.length, findings }, 2)}\n`;
}
