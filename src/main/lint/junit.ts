import type { LintFinding, LintReport } from "../../standalone/lint.ts";
import { plain } from "./plain.ts";
import { asText } from "./text.ts";

/** A test case: a resource, or a file of which something can't be read. */
interface Case {
  name: string;
  findings: LintFinding[];
}

/** JUnit's XML: a suite for each file, a case for each resource. Denials fail it, warnings are its output. */
export function asJunit(report: LintReport): string {
  const files = [...new Set([...report.resources, ...report.findings].map(({ file }) => file))].toSorted();
  const suites = files.map((file) => suiteOf(file, casesOf(file, report)));
  const counts = `tests="${sum(suites, "tests")}" failures="${sum(suites, "failures")}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="fascia lint" ${counts}>\n${suites.map(({ xml }) => xml).join("")}</testsuites>\n`;
}

function casesOf(file: string, { resources, findings }: LintReport): Case[] {
  const here = findings.filter((finding) => finding.file === file);
  const unreadable = here.filter(({ resource }) => resource === undefined);
  const cases = resources
    .filter((resource) => resource.file === file)
    .map((resource): Case => {
      const name = nameOf(resource);
      return { name, findings: here.filter((finding) => finding.resource && nameOf(finding.resource) === name) };
    });
  return unreadable.length === 0 ? cases : [{ name: "manifests", findings: unreadable }, ...cases];
}

const nameOf = ({ kind, namespace, name }: { kind: string; namespace?: string | undefined; name: string }): string =>
  `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;

function suiteOf(file: string, cases: Case[]): { xml: string; tests: number; failures: number } {
  const failures = cases.filter(({ findings }) => findings.some(({ severity }) => severity === "Deny")).length;
  const tests = cases.length;
  const open = `  <testsuite name="${escaped(file)}" tests="${tests}" failures="${failures}">\n`;
  return { xml: `${open}${cases.map((each) => caseOf(file, each)).join("")}  </testsuite>\n`, tests, failures };
}

function caseOf(file: string, { name, findings }: Case): string {
  const denials = findings.filter(({ severity }) => severity === "Deny");
  const warnings = findings.filter(({ severity }) => severity === "Warn");
  const [first] = denials;
  const failure =
    first &&
    `      <failure type="${escaped(first.rule)}" message="${escaped(first.message)}">${lines(denials)}</failure>\n`;
  const output = warnings.length > 0 ? `      <system-out>${lines(warnings)}</system-out>\n` : "";
  return `    <testcase classname="${escaped(file)}" name="${escaped(name)}">\n${failure ?? ""}${output}    </testcase>\n`;
}

const lines = (findings: LintFinding[]): string =>
  findings.map((finding) => escaped(asText([finding]).trimEnd())).join("\n");

const sum = (suites: { tests: number; failures: number }[], what: "tests" | "failures"): number =>
  suites.reduce((total, suite) => total + suite[what], 0);

const ENTITIES: Record<string, string> = { "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;", "'": "&apos;" };

/** `plain` leaves nothing that XML 1.0 can't hold. */
const escaped = (text: string): string => plain(text).replace(/[<>&"']/g, (found) => ENTITIES[found] ?? found);
