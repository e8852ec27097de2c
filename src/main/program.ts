import { Command, CommanderError } from "commander";
import { type CommandEntry, commandName, commands } from "./commands.ts";
import { USAGE_EXIT, describeFailure } from "./failure.ts";
import { packageVersion } from "./version.ts";

const DESCRIPTION = `Moves messages between healthcare systems: nothing acknowledged is lost, every hop accounted for.`;

const EPILOGUE = `
Begin with \`npm run demo\`, or with \`fascia run config/samples/clinic\`.
\`fascia help <command>\` shows the options and examples of one command.

Exit codes: 0 done, 1 failed (one line on stderr says why), ${USAGE_EXIT} wrong use.
FASCIA_DEBUG=1 adds stack traces; they may quote message content.`;

/**
 * The program for `args` (without node and script). Only the command that they name is loaded, so that `--help` and
 * commands that need little start at once; the others stand in the overview by name and summary.
 */
export async function createProgram(args: string[], entries: CommandEntry[] = commands): Promise<Command> {
  const program = new Command("fascia")
    .description(DESCRIPTION)
    .usage("<command> [options]")
    .version(packageVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print the help of a command")
    .configureOutput({ outputError: (text, write) => write(inOurWords(text)) })
    .showHelpAfterError("(add --help for the options and examples)")
    .addHelpText("after", EPILOGUE)
    .exitOverride();
  const wanted = wantedCommand(args);
  for (const entry of entries) {
    if (commandName(entry) === wanted) (await entry.load()).register(program);
    else program.command(entry.usage).summary(entry.summary);
    program.commands.at(-1)?.helpGroup(entry.group);
  }
  return program;
}

/** Runs the command line to its end and sets the process's exit code. */
export async function main(args: string[], entries: CommandEntry[] = commands): Promise<void> {
  process.stdout.on("error", leaveQuietlyWhenReaderIsGone);
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  try {
    const program = await createProgram(args, entries);
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(helpAsOption(args, entries), { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE_EXIT;
    else fail(error);
  }
}

/** Commander's text of an error, without what only it calls so. */
const inOurWords = (text: string): string =>
  text.replace(/^error: /, "fascia: ").replace(/^fascia: command-argument value /, "fascia: ");

/** The first word that is no option; with `help`, the word after it. The program itself has no option with a value. */
function wantedCommand(args: string[]): string | undefined {
  const words = args.filter((arg) => !arg.startsWith("-"));
  return words[0] === "help" ? words[1] : words[0];
}

/**
 * `help a b` as `a b --help`. Commander's own goes one word deep, and answers an unknown word with the overview alone: that
 * word is given to it as the command, which it refuses.
 */
function helpAsOption(args: string[], entries: CommandEntry[]): string[] {
  const [first, ...words] = args;
  const [name] = words;
  if (first !== "help" || name === undefined || name === "help" || name.startsWith("-")) return args;
  return entries.some((entry) => commandName(entry) === name) ? [...words, "--help"] : words;
}

function fail(error: unknown): never {
  const { text, exitCode } = describeFailure(error, process.env["FASCIA_DEBUG"] === "1");
  console.error(text);
  process.exit(exitCode);
}

/** `fascia … | head` closes our output early: that is no failure of ours. */
function leaveQuietlyWhenReaderIsGone(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(0);
  fail(error);
}
