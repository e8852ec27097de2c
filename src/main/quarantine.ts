import type { Command } from "commander";
import { FasciaError } from "../base/errors.ts";
import { adapterRef } from "../compile/names.ts";
import { type Quarantined, findQuarantined, listQuarantine } from "../ledger/quarantine.ts";
import { type HubOptions, sameHub, withHub, withHubOptions } from "./hubcommand.ts";
import { dateTime, table } from "./table.ts";

export function register(program: Command): void {
  const quarantine = program
    .command("quarantine")
    .summary("see what was put aside, and why")
    .description(
      "Messages that could not be mapped, were refused, or may or may not have arrived: they wait for a person. `fascia replay` sends them again.",
    );
  withHubOptions(quarantine.command("list"))
    .description("Lists everything in quarantine, oldest first.")
    .option("--json", "print JSON lines instead of a table")
    .action((options: HubOptions & { json?: boolean }) => list(options));
  withHubOptions(quarantine.command("show"))
    .argument("<id>", "what `fascia quarantine list` shows as ID, or the id of the message")
    .description("Shows one entry: why it is there, and where it came from.")
    .option("--payload", "print the payload too: it holds patient data")
    .action((id: string, options: HubOptions & { payload?: boolean }) => show(id, options));
}

async function list(options: HubOptions & { json?: boolean }): Promise<void> {
  await withHub(options, async (hub) => {
    const found: Quarantined[] = [];
    for await (const q of listQuarantine(hub)) found.push(q);
    if (options.json === true) for (const q of found) process.stdout.write(`${JSON.stringify(summary(q))}\n`);
    else if (found.length === 0) process.stdout.write("Nothing is in quarantine.\n");
    else {
      const rows = found.map((q) => [q.id, dateTime(q.at), q.stage, whereOf(q), q.outcome, q.reason]);
      process.stdout.write(table(["id", "since", "stage", "where", "outcome", "reason"], rows));
    }
  });
}

async function show(id: string, options: HubOptions & { payload?: boolean }): Promise<void> {
  await withHub(options, async (hub) => {
    const found = await findQuarantined(hub, id);
    if (found.length === 0)
      throw new FasciaError(
        "NotFound",
        `${id} is not in quarantine; \`fascia quarantine list${sameHub(options)}\` shows what is`,
      );
    for (const q of found) {
      for (const [field, value] of Object.entries(summary(q))) process.stdout.write(`${field.padEnd(14)} ${value}\n`);
      if (options.payload === true)
        process.stdout.write(`\n${Buffer.from(q.stored.data).toString("utf8").replaceAll("\r", "\n")}\n`);
    }
  });
}

const summary = (q: Quarantined): Record<string, string> => ({
  id: q.id,
  since: new Date(q.at).toISOString(),
  stage: q.stage,
  where: whereOf(q),
  outcome: q.outcome,
  reason: q.reason,
  messageId: q.meta.messageId,
  source: q.meta.source,
  event: q.meta.event,
  contract: q.meta.contract === "" ? "" : `${q.meta.contract} ${q.meta.version}`,
});

const whereOf = (q: Quarantined): string =>
  q.integration === "" ? adapterRef(q.adapter) : `${q.integration} → ${adapterRef(q.adapter)}`;
