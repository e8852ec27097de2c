/** What runs in the thread of thread.ts: judges one change after another. */
import { parentPort } from "node:worker_threads";
import type { Change } from "../../policy/rule.ts";
import { judgeAlone } from "./alone.ts";
import { LOADED } from "./thread.ts";

parentPort?.on("message", (change: Change) => parentPort?.postMessage(judgeAlone(change)));
parentPort?.postMessage(LOADED);
