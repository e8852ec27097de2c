import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { FasciaError } from "../base/errors.ts";
import { type CommandEntry, commandName, commands } from "./commands.ts";
import { describeFailure } from "./failure.ts";
import { createProgram } from "./program.ts";

function entry(usage: string, register?: (program: Command) => void): CommandEntry {
  const load = async () => {
    if (register === undefined) throw new Error(`${usage} must not be loaded`);
    return { register };
  };
  return { usage, group: "Group:", summary: `summary of ${usage}`, load };
}

describe("program", () => {
  it("lists every command in its group without loading any", async () => {
    const program = await createProgram(["--help"], [entry("run <dir>"), entry("send <address> <file...>")]);
    expect(program.helpInformation()).toMatch(
      /Group:\n +run <dir> +summary of run <dir>\n +send <address> <file...> +summary/,
    );
  });

  it("loads the one command that is asked for and runs it", async () => {
    const ran: string[] = [];
    const run = entry("run <dir>", (program) => void program.command("run <dir>").action((dir) => void ran.push(dir)));
    const program = await createProgram(["run", "here"], [entry("send"), run]);
    await program.parseAsync(["run", "here"], { from: "user" });
    expect(ran).toEqual(["here"]);
  });

  it("loads a command whose help is asked for", async () => {
    const run = entry("run <dir>", (program) => void program.command("run <dir>").option("--data <dir>", "where"));
    const program = await createProgram(["help", "run"], [run, entry("send")]);
    expect(program.commands[0]?.helpInformation()).toContain("--data <dir>");
  });

  it("gives each command of the table the name under which it registers itself", async () => {
    for (const command of commands) {
      const program = await createProgram([commandName(command)]);
      expect(program.commands.map((registered) => registered.name())).toContain(commandName(command));
      expect(program.commands).toHaveLength(commands.length);
    }
  });
});

describe("exit codes", () => {
  const cli = fileURLToPath(new URL("./cli.js", import.meta.url));
  const run = (...args: string[]) => spawnSync(process.execPath, [cli, ...args], { encoding: "utf8" });

  it("is 0 for --help and --version", () => {
    expect(run("--version")).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(run("--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("Usage: fascia <command>") });
  });

  it("prints the help when nothing is asked for", () => {
    expect(run()).toMatchObject({ status: 0, stdout: run("--help").stdout });
  });

  it("is 2 for an unknown option or command, said in one line and where to read on", () => {
    expect(run("--bogus")).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^fascia: unknown option.*\n\(add/),
    });
    expect(run("bogus")).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^fascia: unknown command 'bogus'/),
    });
  });

  it("is 2 for help with a command that there is not, which is named", () => {
    expect(run("help", "bogus")).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^fascia: unknown command 'bogus'/),
    });
  });

  it("is 0 for help with a command within a command, which is that of --help", () => {
    const { stdout } = run("quarantine", "list", "--help");
    expect(stdout).toContain("Usage: fascia quarantine list");
    expect(run("help", "quarantine", "list")).toMatchObject({ status: 0, stdout });
  });

  it("is 2 for an argument that makes no sense, in plain words", () => {
    expect(run("send", "nowhere", "file")).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(
        /^fascia: 'nowhere' is invalid for argument 'host:port'\. It must be a host and a port/,
      ),
    });
  });

  it("is 2 for a port that is none", () => {
    expect(run("adapter", "ehr", "--port", "mllp")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("It must be a port: a whole number up to 65535."),
    });
  });
});

describe("a failure", () => {
  it("of our own is one line", () => {
    const failure = describeFailure(new FasciaError("StreamFull", "the hub is full"), false);
    expect(failure).toEqual({ text: "fascia: the hub is full", exitCode: 1 });
  });

  it("with code UsageError is wrong use", () => {
    expect(describeFailure(new FasciaError("UsageError", "no such file"), false).exitCode).toBe(2);
  });

  it("that is foreign shows class, code and frames, but not its message", () => {
    const error = Object.assign(new TypeError("Zimmermann^Ada\n    at Zimmermann (x:1:1)"), { code: "ERR_X" });
    const { text, exitCode } = describeFailure(error, false);
    expect(exitCode).toBe(1);
    expect(text).toMatch(/^fascia: unexpected TypeError \(ERR_X\)/);
    expect(text).toContain("program.test.ts");
    expect(text).not.toContain("Zimmermann");
  });

  it("that is foreign shows no frames when its message no longer stands in its stack", () => {
    const error = new Error("Zimmermann\n    at Zimmermann (x:1:1)");
    error.message = "changed";
    expect(describeFailure(error, false).text).not.toContain("Zimmermann");
  });

  it("shows everything, causes too, when debugging", () => {
    const error = new FasciaError("Outer", "outer", { cause: new Error("inner") });
    expect(describeFailure(error, true).text).toMatch(/outer[\s\S]*caused by Error: inner/);
  });

  it("that is no error at all is told as such", () => {
    expect(describeFailure("Zimmermann", false).text).not.toContain("Zimmermann");
  });
});
