import { type Command, Option } from "commander";
import { FasciaError } from "../base/errors.ts";
import { type MatrixEntry, entryFor, matrixOf } from "../policy/ownership/matrix.ts";
import { loadManifests } from "../standalone/manifests.ts";
import { jsonText } from "./jsontext.ts";
import { table } from "./table.ts";

interface OwnershipOptions {
  field?: string;
  output: "table" | "csv" | "json";
}

export function register(program: Command): void {
  program
    .command("ownership")
    .summary("show which system owns what, and who receives it")
    .description(
      "Shows the data ownership matrix of the DataDomains beneath the directories: of each entity, and of each field that another system owns, which system owns it and who receives it. Needs nothing running.",
    )
    .argument("<dir...>", "directories of manifests, read together: their YAML files, and those beneath them")
    .option("--field <path>", "only who answers for this element, e.g. Coverage.status")
    .addOption(
      new Option("-o, --output <format>", "how to print it").choices(["table", "csv", "json"]).default("table"),
    )
    .action((directories: string[], options: OwnershipOptions) => run(directories, options));
}

async function run(directories: string[], { field, output }: OwnershipOptions): Promise<void> {
  const { resources, problems } = await loadManifests(...directories);
  const matrix = matrixOf(resources);
  process.stdout.write(PRINT[output](field === undefined ? matrix : [answerOf(field, matrix)]));
  if (problems.length === 0) return;
  console.error("fascia: what can't be read is left out; `fascia lint` says what and why");
  process.exitCode = 1;
}

function answerOf(field: string, matrix: readonly MatrixEntry[]): MatrixEntry {
  const entry = entryFor(field, matrix);
  if (entry === undefined)
    throw new FasciaError(
      "UsageError",
      `no DataDomain claims ${field}: anybody may write it, and everybody receive it`,
    );
  return entry;
}

const HEAD = ["path", "domain", "owner", "system", "adapters", "consumers"];

const PRINT: Record<OwnershipOptions["output"], (entries: readonly MatrixEntry[]) => string> = {
  table: (entries) => table(HEAD, cellsOf(entries, ", ")),
  csv: (entries) => [HEAD, ...cellsOf(entries, " ")].map((row) => `${row.map(quoted).join(",")}\n`).join(""),
  json: (entries) => entries.map((entry) => `${jsonText(entry)}\n`).join(""),
};

const cellsOf = (entries: readonly MatrixEntry[], between: string): string[][] =>
  entries.map(({ path, domain, owner, primary, adapters, consumers }) => [
    path,
    domain,
    owner,
    primary,
    adapters.length === 0 ? "any" : adapters.join(between),
    consumers === undefined ? "every system" : consumers.join(between),
  ]);

/** As RFC 4180 has it; a leading sign of a formula would be run by spreadsheets. */
function quoted(cell: string): string {
  const text = /^[=+@-]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
