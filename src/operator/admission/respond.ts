import type { Verdict } from "../../policy/rule.ts";
import type { AdmissionResponse } from "./review.ts";
import { warningTexts } from "./warnings.ts";

const MAX_CAUSES = 20;
const MAX_MESSAGE = 8_192;

/** The answer that verdicts make: refused by the first denial, and then with all of them. */
export function respond(uid: string, verdicts: readonly Verdict[]): AdmissionResponse {
  const of = (severity: Verdict["severity"]) => verdicts.filter((verdict) => verdict.severity === severity);
  const denials = of("Deny");
  const warnings = warningTexts(of("Warn").map(formatVerdict));
  const told = warnings.length === 0 ? {} : { warnings };
  if (denials.length === 0) return { uid, allowed: true, ...told };
  const shown = denials.slice(0, MAX_CAUSES);
  const more = denials.length > shown.length ? `; and ${denials.length - shown.length} more` : "";
  const message = shown.map(formatVerdict).join("; ").slice(0, MAX_MESSAGE) + more;
  const causes = shown.map(({ rule, path, message }) => ({ reason: rule, field: path, message }));
  return {
    uid,
    allowed: false,
    ...told,
    status: { status: "Failure", reason: "Forbidden", code: 403, message, details: { causes } },
  };
}

/** `spec.event.from: … (references/unresolved)`, as it stands behind kubectl's own words. */
function formatVerdict({ rule, path, message }: Verdict): string {
  return `${path === "" ? "" : `${path}: `}${message} (${rule})`;
}
