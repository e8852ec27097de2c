/** What runs in the thread of thread.ts: judges one change after another. */
import { parentPort } from "node:worker_threads";
import { judgeAndTry } from "./alone.ts";
import { type Asked, LOADED } from "./thread.ts";

// Whatever is thrown ends the thread, and who waits for its answer hears of that.
parentPort?.on("message", ({ change, related, isChange }: Asked) => {
  void judgeAndTry(change, related, isChange).then((verdicts) => parentPort?.postMessage(verdicts));
});
parentPort?.postMessage(LOADED);
