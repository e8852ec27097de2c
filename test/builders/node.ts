import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface NodeProcess {
  pid: number;
  /** The first line that it printed: where it can be reached. */
  firstLine: string;
  stop(): Promise<void>;
}

/** Runs a script in a process of its own, so that what it does is not counted here. Resolves at its first line. */
export async function spawnNode(script: string, ...args: string[]): Promise<NodeProcess> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const line = await Promise.race([
    once(createInterface(child.stdout), "line").then(([text]) => text as string),
    exited.then(([code]) => Promise.reject(new Error(`${script} ended with ${code}`))),
  ]);
  return {
    pid: child.pid as number,
    firstLine: line,
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
