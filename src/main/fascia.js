#!/usr/bin/env node
// Launcher: runs on Node 20 or later and hands over to the Node that Fascia is written for.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const WANTED = 24;
const cli = fileURLToPath(new URL("./cli.js", import.meta.url));
const packaged = fileURLToPath(new URL("../../node_modules/.bin/node", import.meta.url));

/**
 * Memory stays small and flat under load: young generation and heap grow in small steps, functions are optimised one at
 * a time, where what several need at once would stay with the process, and what is freed goes back to the system instead
 * of being kept, for each thread apart and between what is in use. Throughput is bound by the hub's disk, not by the
 * collector.
 */
const LEAN = ["--max-semi-space-size=8", "--heap-growing-percent=60", "--no-concurrent-recompilation"];
const LEAN_ENV = { MALLOC_ARENA_MAX: "1", MALLOC_TRIM_THRESHOLD_: "131072", MALLOC_MMAP_THRESHOLD_: "32768" };
const lasting = ["run", "adapter", "operator"].includes(process.argv[2] ?? "");

// Signals have no default action for the first process of a container: one that nobody listens to yet would be lost, and
// the pod wait for its whole grace period. Commands that end in order take this away (`untilSignal`).
if (process.pid === 1) process.once("SIGTERM", () => process.exit(143));

if (Number(process.versions.node.split(".")[0]) >= WANTED) {
  if (lasting && process.execve && !process.execArgv.includes(LEAN[0] ?? "")) beLean();
  await import("./cli.js");
} else if (existsSync(packaged)) {
  handOver();
} else {
  console.error(
    `fascia: Node ${WANTED} or later is needed and this is ${process.version}: run \`npm run setup\` in the checkout, which brings it`,
  );
  process.exitCode = 1;
}

/** Begins this very process again with the settings that Node takes only at its start. */
function beLean() {
  // It calls itself experimental, which is no news for who starts us.
  process.removeAllListeners("warning");
  const args = [
    process.execPath,
    ...process.execArgv,
    ...LEAN,
    fileURLToPath(import.meta.url),
    ...process.argv.slice(2),
  ];
  process.execve?.(process.execPath, args, { ...process.env, ...LEAN_ENV });
}

/** Runs the command line in the packaged Node: same streams, same signals, same end. */
function handOver() {
  const flags = [...process.execArgv, ...(lasting ? LEAN : [])];
  const env = { ...process.env, ...(lasting ? LEAN_ENV : {}) };
  const child = spawn(packaged, [...flags, cli, ...process.argv.slice(2)], { stdio: "inherit", env });
  const terminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  for (const signal of /** @type {const} */ (["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR2"])) {
    // A terminal sends its signals to the whole group: forwarded, the child would get them twice.
    const fromTerminal = terminal && ["SIGINT", "SIGQUIT", "SIGHUP"].includes(signal);
    process.on(signal, () => {
      if (!fromTerminal) child.kill(signal);
    });
  }
  child.on("error", (/** @type {NodeJS.ErrnoException} */ error) => {
    console.error(`fascia: ${packaged} does not start (${error.code}): run \`npm run setup\` again`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
