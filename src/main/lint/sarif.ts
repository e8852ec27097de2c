import { isAbsolute, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { RULE_IDS, type RuleId } from "../../policy/rule.ts";
import { SUMMARIES } from "../../policy/summaries.ts";
import type { LintFinding, LintReport } from "../../standalone/lint.ts";
import { jsonText } from "../jsontext.ts";
import { LEVELS } from "./levels.ts";
import { plain } from "./plain.ts";

/** SARIF 2.1.0 (OASIS), one run: what code hosts show beside the lines of a pull request. */
export function asSarif({ findings }: LintReport, version: string): string {
  const rules = RULE_IDS.map(ruleOf);
  const log = {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "fascia lint", semanticVersion: version, rules } },
        columnKind: "utf16CodeUnits",
        results: findings.map(resultOf),
      },
    ],
  };
  return `${jsonText(log, 2)}\n`;
}

/** Code hosts show the summary beside a finding, and the help where somebody asks for more. */
function ruleOf(id: RuleId): object {
  const help = "docs/policies.md has examples of what is refused, what is allowed, and the way out";
  return {
    id,
    name: nameOf(id),
    shortDescription: { text: SUMMARIES[id] },
    fullDescription: { text: `${SUMMARIES[id]} ${help}.` },
    help: { text: `${help}: ${id}.`, markdown: `${help}: \`${id}\`.` },
  };
}

/** `listen/port-taken` as `ListenPortTaken`, the form that SARIF recommends. */
const nameOf = (id: string): string => id.replace(/(?:^|[/-])(\w)/g, (_all, letter: string) => letter.toUpperCase());

function resultOf({ severity, rule, file, line, path, message, resource }: LintFinding): object {
  const text = plain(path === "" ? message : `${path}: ${message}`);
  const named = resource && [resource.kind, resource.namespace, resource.name].filter((part) => part !== undefined);
  return {
    ruleId: rule,
    ruleIndex: RULE_IDS.indexOf(rule),
    level: LEVELS[severity],
    message: { text },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: { startLine: Math.max(line, 1) } },
        ...(named && { logicalLocations: [{ fullyQualifiedName: named.join("/"), kind: "resource" }] }),
      },
    ],
  };
}

/** Relative to where the command runs, which in CI is the root of the checkout. */
function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href;
  return file.toWellFormed().split(sep).map(encodeURIComponent).join("/");
}
