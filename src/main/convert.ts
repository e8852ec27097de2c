import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { type Command, InvalidArgumentError } from "commander";
import { systemClock } from "../base/clock.ts";
import { FasciaError, safeReason } from "../base/errors.ts";
import { resourceUuid } from "../formats/fhir/bundle.ts";
import { isKnownCharset } from "../formats/hl7v2/charset.ts";
import { Zone } from "../formats/hl7v2/tofhir/datatypes/zone.ts";
import { type Input, convert } from "./convert/convert.ts";
import { DEFAULT_KEY, readKey } from "./convert/key.ts";

interface ConvertOptions {
  ndjson?: true;
  timeZone: string;
  charset?: string;
  source: string;
  keyFile?: string;
  quiet?: true;
}

const EXAMPLES = `
Examples:
  fascia convert admission.hl7
  fascia convert --ndjson --time-zone Europe/Berlin feed/*.hl7 > bundles.ndjson
  cat feed.hl7 | fascia convert --key-file .fascia/data/keys.json --source hospital/ehr

One message gives its Bundle, several give an array. What a Bundle does not carry, or only as it was sent, is named on
stderr by segment and field. The exit code is 0 only if every message was converted.`;

/** Version of the mapping that Provenance names; an Adapter's own mapping has one of its own. */
const MAPPING_VERSION = "convert";
const STDIN = "-";

export function register(program: Command): void {
  program
    .command("convert")
    .summary("turn HL7 v2 into FHIR R4")
    .description(
      "Turns HL7 v2 ADT messages into FHIR R4 Bundles, as adapters do. Files may hold several messages, with or without batch envelopes or MLLP framing.",
    )
    .argument("[file...]", "files with one or several messages each; none or - reads standard input")
    .option("--ndjson", "one Bundle a line")
    .option("--time-zone <zone>", "IANA time zone of times without an offset", parseTimeZone, "UTC")
    .option("--charset <name>", "character set where MSH-18 names none, e.g. 8859/1 (default: UTF-8)")
    .option(
      "--source <namespace/adapter>",
      "Adapter to convert as: it is named as receiver, and ids that name no assigner are its own",
      "default/convert",
    )
    .option(
      "--key-file <file>",
      "key of resource ids: the keys.json of a `fascia run`, or any file of 16 bytes or more",
    )
    .option("-q, --quiet", "say nothing about what a Bundle does not carry")
    .addHelpText("after", EXAMPLES)
    .action((files: string[], options: ConvertOptions) => run(files, options));
}

async function run(files: string[], options: ConvertOptions): Promise<void> {
  const say = (line: string): void => console.error(`fascia: ${line}`);
  const notice = options.quiet ? (): void => {} : say;
  if (options.charset !== undefined && !isKnownCharset(options.charset))
    throw new FasciaError(
      "UsageError",
      `--charset ${options.charset}: not a character set of HL7 table 0211, e.g. 8859/1`,
    );
  const key = options.keyFile === undefined ? DEFAULT_KEY : await readKey(options.keyFile);
  if (key === DEFAULT_KEY)
    notice("resource ids are made with a key that everybody has; --key-file names one of your own");
  const failed = await convert({
    inputs: (files.length > 0 ? files : [STDIN]).map(inputOf),
    context: {
      resourceId: (...parts) => resourceUuid(key, ...parts),
      timeZone: options.timeZone,
      source: options.source,
      receivedAt: new Date(systemClock.now()),
      mappingVersion: MAPPING_VERSION,
    },
    charset: options.charset,
    ndjson: options.ndjson === true,
    write,
    problem: say,
    notice,
  });
  if (failed) process.exitCode = 1;
}

function inputOf(name: string): Input {
  if (name === STDIN) return { name: "stdin", read: () => buffer(process.stdin) };
  return { name, read: () => readInput(name) };
}

async function readInput(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new FasciaError("FileUnreadable", `cannot be read (${(error as NodeJS.ErrnoException).code})`, {
      cause: error,
    });
  }
}

function parseTimeZone(name: string): string {
  try {
    Zone.of(name);
    return name;
  } catch (error) {
    throw new InvalidArgumentError(safeReason(error));
  }
}

/** Waits for a slow reader, so that a large feed is not held in memory. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, "drain");
}
