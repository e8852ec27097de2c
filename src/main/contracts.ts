import type { Command } from "commander";
import { systemClock } from "../base/clock.ts";
import { type CalendarEntry, calendarOf } from "../standalone/calendar.ts";
import { loadManifests } from "../standalone/manifests.ts";
import { parseAt } from "./at.ts";
import { jsonText } from "./jsontext.ts";
import { table } from "./table.ts";

interface ContractsOptions {
  at?: number;
  json?: boolean;
}

export function register(program: Command): void {
  program
    .command("contracts")
    .summary("show which contract versions end when, and who uses them")
    .description(
      "Shows the calendar of the ContractVersions beneath the directories, those whose sunset is announced first: phase, instants, days left and how many Adapters and Integrations use each. Needs nothing running.",
    )
    .argument("<dir...>", "directories of manifests, read together: their YAML files, and those beneath them")
    .option("--at <instant>", "as of this instant, e.g. 2027-06-30 or 2027-06-30T12:00:00Z (default: now)", parseAt)
    .option("--json", "print JSON lines instead of a table")
    .action((directories: string[], options: ContractsOptions) => run(directories, options));
}

async function run(directories: string[], { at, json }: ContractsOptions): Promise<void> {
  const { resources, problems } = await loadManifests(...directories);
  const entries = calendarOf(resources, at ?? systemClock.now());
  if (json === true) for (const entry of entries) process.stdout.write(`${jsonText(entry)}\n`);
  else process.stdout.write(entries.length === 0 ? "There are no ContractVersions.\n" : asTable(entries));
  if (problems.length === 0) return;
  console.error("fascia: what can't be read is left out; `fascia lint` says what and why");
  process.exitCode = 1;
}

const HEAD = ["contract", "version", "phase", "published", "deprecated", "sunset", "retired", "days left", "uses"];

function asTable(entries: readonly CalendarEntry[]): string {
  const rows = entries.map((entry) => [
    entry.contract,
    entry.version,
    entry.phase,
    ...[entry.publishedOn, entry.deprecatedOn, entry.sunsetOn, entry.retiredOn].map(dayOf),
    entry.daysLeft === undefined ? "" : String(entry.daysLeft),
    String(entry.uses.length),
    entry.replacedBy ?? "",
  ]);
  return table([...HEAD, "replaced by"], rows);
}

/** In UTC. */
const dayOf = (instant: string | undefined): string =>
  instant === undefined ? "" : new Date(instant).toISOString().slice(0, 10);
