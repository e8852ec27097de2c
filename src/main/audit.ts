import { type Command, InvalidArgumentError, Option } from "commander";
import type { AuditRecord } from "../api/audit.ts";
import { systemClock } from "../base/clock.ts";
import { isAbout, readAudit } from "../ledger/audit.ts";
import { RULE_IDS } from "../policy/rule.ts";
import { type HubOptions, withHub, withHubOptions } from "./hubcommand.ts";
import { jsonText } from "./jsontext.ts";
import { dateTime, table } from "./table.ts";

interface AuditOptions extends HubOptions {
  since: number;
  rule?: string;
  resource?: string;
  output: "table" | "json";
}

export function register(program: Command): void {
  withHubOptions(program.command("audit"))
    .summary("list what policy denied, and which exceptions were used")
    .description(
      "Lists every denial and every use of a PolicyException, oldest first: who asked for what, which rule decided, and when. Nothing of any spec or payload is shown, for nothing of it is kept.",
    )
    .option("--since <hours>", "how many hours to look back", parseHours, 72)
    .addOption(new Option("--rule <id>", "only what this rule decided").argParser(parseRule))
    .option("--resource <name>", "only what is about it: NAME, NAMESPACE/NAME, or either behind KIND/")
    .addOption(new Option("-o, --output <format>", "how to print it").choices(["table", "json"]).default("table"))
    .action((options: AuditOptions) => audit(options));
}

function parseHours(text: string): number {
  const hours = Number(text);
  if (!(hours > 0)) throw new InvalidArgumentError("It must be a number above 0.");
  return hours;
}

function parseRule(text: string): string {
  if (!(RULE_IDS as readonly string[]).includes(text))
    throw new InvalidArgumentError(
      "It must be the id of a rule, e.g. lifecycle/new-use: docs/policies.md has them all.",
    );
  return text;
}

async function audit({ since, rule, resource, output, ...hub }: AuditOptions): Promise<void> {
  const isWanted = (record: AuditRecord): boolean =>
    (rule === undefined || record.rules.some((each) => each.rule === rule)) &&
    (resource === undefined || isAbout(record, resource));
  const found = await withHub(hub, (each) => readAudit(each, systemClock.now() - since * 3_600_000, isWanted));
  if (output === "json") for (const record of found) process.stdout.write(`${jsonText(record)}\n`);
  else if (found.length === 0) process.stdout.write(`Nothing was denied or excepted in the last ${since} hours.\n`);
  else process.stdout.write(table(["time", "verdict", "by", "who", "what", "rule", "times"], found.map(rowOf)));
}

const rowOf = (record: AuditRecord): string[] => [
  dateTime(record.at),
  verdictOf(record),
  record.by,
  record.user?.name ?? "",
  whatOf(record),
  [...new Set(record.rules.map(({ rule }) => rule))].join(", "),
  String(record.count),
];

function verdictOf({ verdict, goesOn, rules }: AuditRecord): string {
  if (verdict === "Denied") return goesOn ? "Denied, goes on" : "Denied";
  const names = rules.flatMap(({ exception }) => (exception ? `${exception.namespace}/${exception.name}` : []));
  return `Allowed by ${[...new Set(names)].join(", ")}`;
}

function whatOf({ operation, resource: { kind, namespace, name } }: AuditRecord): string {
  const where = name === "" ? "(several)" : namespace === undefined ? name : `${namespace}/${name}`;
  return [operation, kind, where].filter((part) => part !== undefined).join(" ");
}
