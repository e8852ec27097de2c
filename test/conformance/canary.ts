import { createLog, type Log } from "../../src/telemetry/log.ts";

/** Stands in every payload of the suite, and may stand nowhere else. */
export const CANARY = "CANARY-4711-Testperson";

/** A log that keeps what was written to it. */
export class KeptLog {
  text = "";
  readonly log: Log = createLog({ level: "debug", destination: { write: (line) => void (this.text += line) } });
}
