/**
 * Runs the hospital scenario: the systems as stand-ins, `fascia run` between them, and an EHR that tells a patient's
 * story. Shows what arrives where and leaves everything running; with --exit it ends, with 0 only if every expected
 * delivery was seen, and no other.
 */
import { readFile, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Listr, type ListrTask } from "listr2";
import { systemClock } from "../../src/base/clock.ts";
import { lockDataDir } from "../../src/standalone/lock.ts";
import { endOrphan } from "../../src/standalone/orphan.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import { Board } from "./board.ts";
import { type Hub, HubError, startHub } from "./hub.ts";
import { judge, playground } from "./report.ts";
import { STEPS, type Step } from "./scenario.ts";
import { connectEhr } from "./standins/ehr.ts";
import { PORTS, type Systems, startSystems } from "./systems.ts";

const SCENARIO = "config/samples/hospital";
const DATA_DIR = ".fascia/demo";
const ARRIVAL_TIMEOUT_MS = 20_000;
/** How long to look out for deliveries that nobody expects. */
const SURPLUS_MS = 300;

interface Running {
  board: Board;
  systems?: Systems;
  hub?: Hub;
}

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const values = options();
const running: Running = { board: new Board() };
const interrupted = new Promise<"interrupted">((resolve) => {
  // For good: a second signal (the group's, and the one that set-up passes on) must not keep us from stopping in order.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => resolve("interrupted"));
});
// The terminal may be gone by the time that everything is stopped.
process.stdout.on("error", () => process.stdout.destroy());
process.stderr.on("error", () => process.stderr.destroy());
try {
  const done = tasks(running).run();
  const early = await Promise.race([done, interrupted]);
  if (early === "interrupted") process.exitCode = 130;
  else await conclude(running, values.exit, interrupted);
} catch (error) {
  console.error(`\ndemo: ${error instanceof Error ? error.message : String(error)}`);
  if (error instanceof HubError) console.error(error.log);
  process.exitCode = 1;
} finally {
  await running.hub?.stop();
  await running.systems?.close();
}
process.exit();

function options(): { exit: boolean } {
  try {
    return parseArgs({ options: { exit: { type: "boolean", default: false } } }).values;
  } catch {
    console.error("demo: there is one option, --exit: `npm run demo -- --exit`");
    process.exit(1);
  }
}

function tasks(state: Running): Listr {
  const start: ListrTask[] = [
    {
      title: "Set up an empty data directory",
      task: async (_context, task) => {
        await emptyDataDir();
        task.title = `Data directory ${DATA_DIR} is empty`;
      },
    },
    {
      title: "Start the systems around the hub",
      task: async (_context, task) => {
        state.systems = await startSystems((arrival) => state.board.add(arrival));
        task.title = `${Object.keys(state.systems.addresses).join(", ")} are up`;
      },
    },
    {
      title: `Start fascia run ${SCENARIO}`,
      task: async (_context, task) => {
        const begun = performance.now();
        state.hub = await startHub(SCENARIO, DATA_DIR, PORTS.ehr);
        task.title = `fascia run ${SCENARIO} serves after ${Math.round(performance.now() - begun)} ms`;
      },
    },
  ];
  const steps = STEPS.map((step) => ({
    title: step.title,
    rendererOptions: { persistentOutput: true, outputBar: Number.POSITIVE_INFINITY },
    task: (_context: unknown, task: { title: string; output: string }) => play(step, state.board, task),
  }));
  return new Listr([...start, ...steps] as ListrTask[], { concurrent: false, registerSignalListeners: false });
}

async function emptyDataDir(): Promise<void> {
  const lock = await lockDataDir(DATA_DIR);
  await endOrphan(DATA_DIR, systemClock, silentLog);
  lock.release();
  await rm(DATA_DIR, { recursive: true });
}

/** Sends the step's message and waits until it has arrived everywhere. */
async function play(step: Step, board: Board, task: { title: string; output: string }): Promise<void> {
  const message = await readFile(`${SCENARIO}/messages/${step.file}`, "utf8");
  const ehr = await connectEhr(PORTS.ehr);
  const begun = Date.now();
  board.nextStep(({ system, what, at, example }) => {
    task.output = `${system.padEnd(12)} ${what.padEnd(24)} after ${String(at - begun).padStart(4)} ms   ${example}`;
  });
  const { code, ms } = await ehr.send(message.replace(/\r?\n/g, "\r"));
  ehr.close();
  task.title = `${step.title}: ${step.file}, acknowledged ${code ?? "by nothing"} after ${ms.toFixed(1)} ms`;
  if (code !== "AA") throw new Error(`${step.file} was acknowledged ${code ?? "by nothing"} instead of AA`);
  const missing = await board.complete(step, ARRIVAL_TIMEOUT_MS);
  if (missing.length > 0) task.output = `still missing after ${ARRIVAL_TIMEOUT_MS / 1000} s: ${missing.length}`;
}

async function conclude({ board, systems, hub }: Running, exit: boolean, stopped: Promise<unknown>): Promise<void> {
  await systemClock.sleep(SURPLUS_MS);
  const { complete, table, remarks } = judge(board);
  console.log(`\n${table}`);
  for (const remark of remarks) console.log(remark);
  const first = board.all[0];
  if (first !== undefined) {
    const seconds = (first.at - performance.timeOrigin) / 1000;
    console.log(`First delivery ${seconds.toFixed(1)} s after the start.\n`);
  }
  if (!complete) process.exitCode = 1;
  if (exit || systems === undefined || hub === undefined) return;
  console.log(playground(systems, DATA_DIR, board));
  const why = await Promise.race([stopped, hub.ended]);
  if (why !== "interrupted") throw new Error(`${String(why)}; ${hub.logFile} says why`);
  console.log("\nStopping …");
}
