import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Behaviour } from "./script.ts";
import type { Received } from "./standin.ts";

export type StandInKind = "billing" | "eligibility" | "idempotent-eligibility" | "patient-app";

/** A stand-in in a process of its own. Its journal outlives everything else that a test kills. */
export interface StandInProcess<R> {
  address: string;
  port: number;
  /** What its journal says by now. */
  received(): Promise<R[]>;
  setBehaviour(behaviour: Behaviour): Promise<void>;
  close(): Promise<void>;
}

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

/** Starts it; it ends with us, whatever happens to us. An existing journal is written on. */
export async function spawnStandIn<R extends Received>(
  kind: StandInKind,
  options: { port?: number; journal: string },
): Promise<StandInProcess<R>> {
  const { port = 0, journal } = options;
  const args = [MAIN, kind, "--port", String(port), "--journal", journal, "--control"];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  async function nextLine(): Promise<unknown> {
    const line = await lines.next();
    if (line.done === true) throw new Error(`the stand-in ${kind} ended by itself`);
    return JSON.parse(line.value);
  }
  const { address, port: actual } = (await nextLine()) as { address: string; port: number };
  return {
    address,
    port: actual,
    received: () => readJournal<R>(journal),
    setBehaviour: async (behaviour) => {
      child.stdin.write(`${JSON.stringify(behaviour)}\n`);
      await nextLine();
    },
    close: async () => {
      const exited = once(child, "exit");
      child.stdin.end();
      await exited;
    },
  };
}

/** The records of a journal; none where there is no file yet. A line still being written is left out. */
export async function readJournal<R extends Received>(file: string): Promise<R[]> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as R);
}
