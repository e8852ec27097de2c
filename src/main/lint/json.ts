import type { LintReport } from "../../standalone/lint.ts";

/** The whole report, for programs. */
export function asJson({ at, resources, findings }: LintReport): string {
  return `${JSON.stringify({ at: new Date(at).toISOString(), resources: resources.length, findings }, undefined, 2)}\n`;
}
