import type { LintReport, LintFinding } from "../../standalone/lint.ts";
import { formatProblem } from "../../standalone/manifests.ts";
import { LEVELS } from "./levels.ts";
import { plain } from "./plain.ts";

/** One line for each finding, in the form that editors and CI systems know of compilers: `file:line: error: …`. */
export const asText = (findings: readonly LintFinding[]): string =>
  findings.map((finding) => `${lineOf(finding)}\n`).join("");

function lineOf({ file, line, path, message, rule, severity }: LintFinding): string {
  const where = `${file}:${line}:`;
  const said = formatProblem({ file, line, path, reason: message, rule }).slice(where.length);
  return plain(`${where} ${LEVELS[severity]}:${said}`);
}

/** Else who begins to use what is deprecated would take silence for an answer. */
const ASSUMED = " (every use counts as existing; --against a cluster tells new ones)";

/** What it came to, as one sentence. */
export function summary({ findings, resources, usesKnown }: LintReport): string {
  const denied = findings.filter(({ severity }) => severity === "Deny").length;
  const counts = [count(denied, "error"), count(findings.length - denied, "warning")];
  return `${count(resources.length, "resource")} read: ${counts.join(", ")}${usesKnown ? "" : ASSUMED}`;
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
