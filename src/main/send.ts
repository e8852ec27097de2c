import { type Command, InvalidArgumentError } from "commander";
import type { DialOptions } from "../adapters/mllp/dial.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { type Address, type TlsOptions, parseAddress, readTls } from "./send/address.ts";
import { type Sendable, loadMessages } from "./send/messages.ts";
import { Summary, line } from "./send/summary.ts";
import { type Sent, transmit } from "./send/transmit.ts";

interface SendOptions extends TlsOptions {
  count?: number;
  rate?: number;
  connections: number;
  timeout: number;
  unique?: true;
  quiet?: true;
}

const EXAMPLES = `
Examples:
  fascia send localhost:2575 admission.hl7
  fascia send localhost:2575 messages/*.hl7 --count 10000 --connections 8 --unique --quiet
  cat feed.hl7 | fascia send ehr.hospital.example:2576 - --rate 50 --ca ca.crt

Each answer is printed as acknowledgment code, control id (MSH-10) and latency.
The exit code is 0 only if every message was answered with AA or CA.`;

export function register(program: Command): void {
  program
    .command("send")
    .summary("send HL7 v2 messages over MLLP")
    .description("Sends HL7 v2 messages over MLLP, prints the acknowledgments, and measures.")
    .argument("<host:port>", "host and port of the receiver, e.g. localhost:2575", parseAddress)
    .argument("<file...>", "files with one or several messages each; - reads standard input")
    .option(
      "-n, --count <number>",
      "messages to send in all, the files' messages in turn (default: each once)",
      parseCount,
    )
    .option(
      "-r, --rate <number>",
      "messages a second, over all connections (default: as fast as they are answered)",
      parseRate,
    )
    .option("-c, --connections <number>", "parallel connections, each with one message under way", parseCount, 1)
    .option("-t, --timeout <seconds>", "how long to wait for a connection and for each answer", parseRate, 30)
    .option("-u, --unique", "give each message a new control id, so that repeated ones are no duplicates")
    .option("-q, --quiet", "print only the table at the end")
    .option("--tls", "use TLS, trusting the authorities that this system trusts")
    .option("--ca <file>", "use TLS, trusting the authority in this PEM file")
    .option("--cert <file>", "certificate to show, for mutual TLS (with --key)")
    .option("--key <file>", "key of that certificate")
    .option("--server-name <name>", "name that the receiver's certificate must have (default: the host)")
    .addHelpText("after", EXAMPLES)
    .action((address: Address, files: string[], options: SendOptions) => send(address, files, options));
}

async function send(address: Address, files: string[], options: SendOptions): Promise<void> {
  const clock = systemClock;
  const { host, port } = address;
  const client: DialOptions = {
    host,
    port,
    ...(await readTls(address, options)),
    connectTimeoutMs: options.timeout * 1000,
    clock,
  };
  const messages = await loadMessages(files, process.stdin);
  const count = options.count ?? messages.length;
  const summary = new Summary();
  const startedAt = clock.monotonic();
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  process.once("SIGINT", interrupt);
  const progress = showProgress(summary, count, clock, options);
  const onSent = (sent: Sent): void => {
    summary.add(sent);
    if (options.quiet !== true) console.log(line(sent));
  };
  try {
    await sendAll(messages, { ...options, client, count }, onSent, interrupted.signal);
  } finally {
    process.off("SIGINT", interrupt);
    await progress.stop();
    if (summary.sent > 0) process.stdout.write(`\n${summary.table(clock.monotonic() - startedAt)}`);
  }
  if (!summary.allAccepted(count)) process.exitCode = 1;
}

async function sendAll(
  messages: Sendable[],
  options: SendOptions & { client: DialOptions; count: number },
  onSent: (sent: Sent) => void,
  signal: AbortSignal,
): Promise<void> {
  const { client, count, rate, connections, timeout, unique } = options;
  const newControlId = unique === true ? controlIds(client.clock) : undefined;
  await transmit(
    messages,
    { client, count, rate, connections, timeoutMs: timeout * 1000, newControlId },
    onSent,
    signal,
  );
}

/** At most 20 characters (MSH-10 in v2.3 to v2.5), and no other run's. */
function controlIds(clock: Clock): () => string {
  const run = `${clock.now().toString(36)}${process.pid.toString(36)}`;
  let last = 0;
  return () => `${run}-${(++last).toString(36)}`;
}

function parseCount(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError("It must be a whole number above 0.");
  return value;
}

function parseRate(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError("It must be a number above 0.");
  return value;
}

/** A line every few seconds on standard error, where the answers themselves don't show that it goes on. */
function showProgress(summary: Summary, count: number, clock: Clock, options: SendOptions): { stop(): Promise<void> } {
  const over = new AbortController();
  const show = async (): Promise<void> => {
    while (options.quiet === true && !over.signal.aborted) {
      await clock.sleep(2000, over.signal);
      if (!over.signal.aborted) console.error(`${summary.sent} of ${count} sent`);
    }
  };
  const showing = show();
  return {
    stop: () => {
      over.abort();
      return showing;
    },
  };
}
