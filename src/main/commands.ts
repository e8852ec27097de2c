import type { Command } from "commander";

/** What each command's file exports: it adds its command, with arguments, options and action, to the program. */
export interface CommandModule {
  register(program: Command): void;
}

/** One command as the overview lists it; its file is loaded only when the command is the one that was asked for. */
export interface CommandEntry {
  /** Name and arguments, e.g. `run <dir>`. */
  usage: string;
  /** Heading under which the overview lists it. */
  group: string;
  summary: string;
  load(): Promise<CommandModule>;
}

/** In the order in which the overview lists them. */
export const commands: CommandEntry[] = [];

export const commandName = (entry: CommandEntry): string => entry.usage.split(" ", 1)[0] as string;
