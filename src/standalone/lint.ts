import { everyOne } from "../compile/resources.ts";
import type { RuleId, Verdict } from "../policy/rule.ts";
import { type ResourceName, loadManifests } from "./manifests.ts";
import { type Surroundings, judgeManifests } from "./verdicts.ts";

/** What is wrong with a manifest, and where. */
export interface LintFinding {
  severity: Verdict["severity"];
  rule: RuleId;
  file: string;
  /** From 1. */
  line: number;
  /** As in ManifestProblem. */
  path: string;
  message: string;
  /** Undefined where it can't be told whose fault it is: of a file that is no YAML, of a document that is no resource. */
  resource?: ResourceName;
  /** The PolicyException that let it pass until it ended. */
  lapsed?: Verdict["lapsed"];
}

export interface LintReport {
  /** The instant that everything was judged at, milliseconds since the epoch. */
  at: number;
  /** Whether a cluster told who uses what since when; without one, whatever is used counts as used from before. */
  usesKnown: boolean;
  /** Every resource that was read and judged. */
  resources: (ResourceName & { file: string; line: number })[];
  /** By file and line. */
  findings: LintFinding[];
}

export interface LintOptions extends Surroundings {
  /** Milliseconds since the epoch. */
  now: number;
}

/**
 * What a cluster, or `fascia run`, would say of the manifests beneath `directories`. Throws FasciaError
 * `ManifestsMissing` when one is no directory.
 */
export async function lint(directories: string[], { now, ...surroundings }: LintOptions): Promise<LintReport> {
  const manifests = await loadManifests(...directories);
  const faults = manifests.problems.map(({ reason: message, rule = "resource/invalid", ...where }): LintFinding => ({
    ...where,
    severity: "Deny",
    rule,
    message,
  }));
  const judged = await judgeManifests(manifests, now, surroundings);
  const verdicts = judged.map(({ reason: message, resource, ...verdict }): LintFinding => ({
    ...verdict,
    message,
    resource: nameOf(resource),
  }));
  const resources = everyOne(manifests.resources).map((resource) => {
    const name = nameOf(resource);
    return { ...name, ...(manifests.locate(name, "") ?? { file: "", line: 1 }) };
  });
  const usesKnown = surroundings.cluster?.uses !== undefined;
  return { at: now, usesKnown, resources, findings: [...faults, ...verdicts].toSorted(byPlace) };
}

const nameOf = ({ kind, metadata: { name, namespace } }: { kind: string; metadata: Omit<ResourceName, "kind"> }) => ({
  kind,
  ...(namespace !== undefined && { namespace }),
  name,
});

const byPlace = (a: LintFinding, b: LintFinding): number =>
  a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1;
