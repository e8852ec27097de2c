import { type Command, Option } from "commander";
import { systemClock } from "../base/clock.ts";
import { FasciaError } from "../base/errors.ts";
import { type LintReport, lint } from "../standalone/lint.ts";
import { parseAt } from "./at.ts";
import { asJson } from "./lint/json.ts";
import { asJunit } from "./lint/junit.ts";
import { asSarif } from "./lint/sarif.ts";
import { asText, summary } from "./lint/text.ts";
import { packageVersion } from "./version.ts";

const FORMATS = {
  text: ({ findings }: LintReport) => asText(findings),
  json: asJson,
  sarif: (report: LintReport) => asSarif(report, packageVersion()),
  junit: asJunit,
};

interface LintCommandOptions {
  against?: string;
  at?: number;
  output: keyof typeof FORMATS;
  standalone?: true;
}

const EXAMPLES = `
Examples:
  fascia lint config/samples/hospital
  fascia lint manifests --at 2027-06-30
  fascia lint manifests --against ~/.kube/config:hospital
  fascia lint base overlays/east -o sarif > fascia.sarif

The exit code is 1 if anything would be refused, or there is nothing to judge; warnings leave it 0. docs/policies.md explains every rule.`;

export function register(program: Command): void {
  program
    .command("lint")
    .summary("judge manifests by every rule, without a cluster")
    .description(
      "Says of the manifests beneath the directories what a cluster would: what the API server, a rule at admission or the operator would refuse, by rule, file, line and field, and what they would warn of. Needs nothing running; for pull requests. Without a cluster nobody knows who uses what since when: what is there counts as in use already.",
    )
    .argument("<dir...>", "directories of manifests, judged together: their YAML files, and those beneath them")
    .option(
      "--at <instant>",
      "judge as of this instant, e.g. 2027-06-30 or 2027-06-30T12:00:00Z (default: now)",
      parseAt,
    )
    .option(
      "--against <kubeconfig[:context]>",
      "judge as changes of what a cluster holds, which is only read: its resources, who uses what, and what may still be changed",
    )
    .addOption(new Option("-o, --output <format>", "form of the report").choices(Object.keys(FORMATS)).default("text"))
    .option("--standalone", "judge as `fascia run` does, where all adapters share one address")
    .addHelpText("after", EXAMPLES)
    .action((directories: string[], options: LintCommandOptions) => run(directories, options));
}

/** A path that is mistyped in a pipeline must not look like one whose manifests are well. */
const nothingIn = (directories: readonly string[]): FasciaError =>
  new FasciaError(
    "NothingToLint",
    `nothing to judge: no resource of fascia.dev is in ${directories.join(", ")}: name a directory or file of manifests that has some`,
  );

async function run(directories: string[], options: LintCommandOptions): Promise<void> {
  const now = options.at ?? systemClock.now();
  const { against, standalone } = options;
  if (against !== undefined && standalone)
    throw new FasciaError(
      "UsageError",
      "--standalone and --against contradict each other: a cluster's adapters run in pods",
    );
  // Only who asks a cluster loads what that takes.
  const cluster = against === undefined ? undefined : await (await import("./lint/cluster.ts")).readCluster(against);
  const report = await lint(directories, { now, sharedAddress: standalone === true, cluster });
  process.stdout.write(FORMATS[options.output](report));
  if (report.resources.length === 0 && report.findings.length === 0) throw nothingIn(directories);
  console.error(`fascia: ${summary(report)}`);
  if (report.findings.some(({ severity }) => severity === "Deny")) process.exitCode = 1;
}
