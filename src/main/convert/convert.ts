import { safeReason } from "../../base/errors.ts";
import type { Bundle } from "../../formats/fhir/types.ts";
import { Message } from "../../formats/hl7v2/message.ts";
import { splitMessages } from "../../formats/hl7v2/split.ts";
import { type ToFhirContext, toFhir } from "../../formats/hl7v2/tofhir/index.ts";

/** A file or standard input, under the name to show. */
export interface Input {
  name: string;
  read(): Promise<Uint8Array>;
}

export interface Job {
  inputs: readonly Input[];
  context: ToFhirContext;
  /** Character set where MSH-18 names none. */
  charset: string | undefined;
  /** One Bundle a line, instead of one document for people. */
  ndjson: boolean;
  /** Takes the output piece by piece. */
  write(text: string): Promise<void>;
  /** Takes one line about a message that could not be converted. */
  problem(line: string): void;
  /** Takes one line about what a Bundle does not carry, or only as it was sent. */
  notice(line: string): void;
}

/** A message of an input, counted from 1 for people. */
interface Part {
  where: string;
  bytes: Uint8Array;
}

/**
 * Converts every message of every input and writes the Bundles: of one message the Bundle, of several an array of them,
 * or each on a line. What cannot be read is named and left out; resolves to whether there was any such.
 */
export async function convert(job: Job): Promise<boolean> {
  let failed = false;
  const fail = (where: string, error: unknown): void => {
    failed = true;
    job.problem(`${where}: ${safeReason(error)}`);
  };
  const parts = await split(job.inputs, fail);
  const output = job.ndjson ? lines : parts.length > 1 ? array : single;
  await output(bundles(parts, job, fail), job.write);
  return failed;
}

async function split(inputs: readonly Input[], fail: (where: string, error: unknown) => void): Promise<Part[]> {
  const parts: Part[] = [];
  for (const { name, read } of inputs) {
    try {
      const messages = splitMessages(await read());
      messages.forEach((bytes, index) => parts.push({ where: `${name}, message ${index + 1}`, bytes }));
    } catch (error) {
      fail(name, error);
    }
  }
  return parts;
}

function* bundles(parts: Part[], job: Job, fail: (where: string, error: unknown) => void): Generator<Bundle> {
  for (const { where, bytes } of parts) {
    try {
      const message = Message.parse(bytes, job.charset === undefined ? {} : { charset: job.charset });
      const { bundle, unmapped } = toFhir(message, job.context);
      if (unmapped.length > 0) job.notice(`${where}: ${unmapped.join("; ")}`);
      yield bundle;
    } catch (error) {
      fail(where, error);
    }
  }
}

type Write = (text: string) => Promise<void>;

async function lines(all: Iterable<Bundle>, write: Write): Promise<void> {
  for (const bundle of all) await write(`${JSON.stringify(bundle)}\n`);
}

async function single(all: Iterable<Bundle>, write: Write): Promise<void> {
  for (const bundle of all) await write(`${pretty(bundle)}\n`);
}

async function array(all: Iterable<Bundle>, write: Write): Promise<void> {
  let separator = "[\n";
  for (const bundle of all) {
    await write(separator + pretty(bundle));
    separator = ",\n";
  }
  await write(separator === "[\n" ? "[]\n" : "\n]\n");
}

const pretty = (bundle: Bundle): string => JSON.stringify(bundle, undefined, 2);
