import { readFile } from "node:fs/promises";
import { type Command, InvalidArgumentError } from "commander";
import type { LineageRecord } from "../api/lineage.ts";
import { FasciaError, safeReason } from "../base/errors.ts";
import { keyedHash } from "../base/hash.ts";
import { type Header, readHeader } from "../formats/hl7v2/header.ts";
import { readJourney, readLineage, summarise } from "../ledger/journey.ts";
import { loadKeys } from "../standalone/keys.ts";
import { type HubOptions, sameHub, withHub, withHubOptions } from "./hubcommand.ts";
import { clockTime, dateTime, table } from "./table.ts";

interface TraceOptions extends HubOptions {
  file?: string;
  adapter: string;
  since: number;
  json?: boolean;
  last: number;
}

export function register(program: Command): void {
  withHubOptions(program.command("trace"))
    .argument("[id]", "id of the message, as the list without an id or `fascia quarantine list --json` shows it")
    .summary("print the journey of one message")
    .description(
      "Prints every hop of a message and of what it caused, as a timeline. Without an id: the newest messages with their ids. Nothing of any payload is shown, for nothing of it is kept in lineage.",
    )
    .option("--file <hl7>", "instead of an id: the file with the message, as the Adapter received it")
    .option("--adapter <namespace/name>", "Adapter that received the message of --file", parseAdapter, "default/ehr")
    .option("--since <hours>", "how many hours to look back", parsePositive, 72)
    .option("--last <n>", "how many messages to list without an id", parsePositive, 20)
    .option("--json", "print JSON lines instead of a table")
    .action((id: string | undefined, options: TraceOptions) => trace(id, options));
}

function parsePositive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError("It must be a number above 0.");
  return number;
}

function parseAdapter(text: string): string {
  if (!/^[^/]+\/[^/]+$/.test(text)) throw new InvalidArgumentError("It must be namespace/name, e.g. default/ehr.");
  return text;
}

async function trace(id: string | undefined, options: TraceOptions): Promise<void> {
  const wanted = id ?? (options.file === undefined ? undefined : await idOfFile(options.file, options));
  const since = Date.now() - options.since * 3_600_000;
  await withHub(options, async (hub) => {
    if (wanted === undefined) {
      const summaries = summarise(await readLineage(hub, since, () => true), options.last);
      if (options.json === true) {
        for (const s of summaries)
          process.stdout.write(`${JSON.stringify({ ...s, outcomes: Object.fromEntries(s.outcomes) })}\n`);
        return;
      }
      const rows = summaries.map((s) => [s.messageId, dateTime(s.at), s.source, s.event, outcomeCounts(s.outcomes)]);
      process.stdout.write(table(["id", "received", "source", "event", "outcomes"], rows));
      return;
    }
    const journey = await readJourney(hub, wanted, since);
    if (journey.length === 0) {
      throw new FasciaError(
        "NotFound",
        `no hop of ${wanted} in the last ${options.since} hours; \`fascia trace${sameHub(options)}\` without an id lists what there is`,
      );
    }
    if (options.json === true) for (const record of journey) process.stdout.write(`${JSON.stringify(record)}\n`);
    else process.stdout.write(timeline(journey));
  });
}

/** The id that the adapter gave the message: a keyed hash of who sent it and its control id. */
async function idOfFile(file: string, options: TraceOptions): Promise<string> {
  const header = headerOf(await readMessage(file), file);
  const { hash } = await loadKeys(options.data);
  return keyedHash(
    hash,
    "message",
    options.adapter,
    header.sendingApplication,
    header.sendingFacility,
    header.controlId,
  );
}

async function readMessage(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new FasciaError("FileUnreadable", `cannot read ${file}: ${safeReason(cause)}`, { cause });
  }
}

function headerOf(message: Uint8Array, file: string): Header {
  try {
    return readHeader(message);
  } catch (cause) {
    throw new FasciaError("Hl7v2Syntax", `${file}: ${safeReason(cause)}`, { cause });
  }
}

function timeline(journey: LineageRecord[]): string {
  const [first] = journey;
  const start = first?.receivedAt ?? first?.at ?? 0;
  const rows = journey.map((r) => [
    clockTime(r.at),
    `+${r.at - start} ms`,
    r.hop,
    whereOf(r),
    r.outcome ?? "",
    attemptOf(r),
    whyOf(r),
  ]);
  const head = [`message ${first?.correlationId}`, `from ${first?.source}`, `received ${dateTime(start)}`].join(", ");
  return `${head}\n${table(["time", "after", "hop", "where", "outcome", "attempt", "why"], rows)}`;
}

const whereOf = (r: LineageRecord): string =>
  r.integration === undefined ? r.adapter : `${r.integration} → ${r.adapter}`;
const whyOf = ({ reason, stripped, rule = "" }: LineageRecord): string =>
  reason ?? (stripped === undefined ? rule : `without ${stripped.join(", ")} (${rule})`);
const attemptOf = (r: LineageRecord): string => (r.attempt === undefined ? "" : String(r.attempt));

function outcomeCounts(outcomes: Map<string, string>): string {
  const counts = new Map<string, number>();
  for (const outcome of outcomes.values()) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts].map(([outcome, n]) => `${n} ${outcome}`).join(", ");
}
