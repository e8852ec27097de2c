import { safeReason } from "../../base/errors.ts";
import type { Outcome } from "../adapter.ts";
import type { LogFile, Written } from "./logfile.ts";

interface Entry {
  line: Buffer;
  resolve(outcome: Outcome): void;
}

/** Lets lines that come while a sync is under way share the next one. */
export class GroupWriter {
  readonly #file: LogFile;
  readonly #waiting = new Set<Entry>();
  #writing = false;

  constructor(file: LogFile) {
    this.#file = file;
  }

  /** Resolves once the line is on disk, or when `signal` aborts: a line that is still waiting then is never written. */
  append(line: Buffer, signal: AbortSignal): Promise<Outcome> {
    if (signal.aborted) return Promise.resolve(withdrawn());
    return new Promise((resolve) => {
      const giveUp = () => entry.resolve(this.#waiting.delete(entry) ? withdrawn() : unsure());
      const entry: Entry = {
        line,
        resolve: (outcome) => {
          signal.removeEventListener("abort", giveUp);
          resolve(outcome);
        },
      };
      signal.addEventListener("abort", giveUp, { once: true });
      this.#waiting.add(entry);
      if (!this.#writing) void this.#write();
    });
  }

  async #write(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.size > 0) {
      const group = [...this.#waiting];
      this.#waiting.clear();
      const outcome = outcomeOf(await this.#file.append(Buffer.concat(group.map(({ line }) => line))));
      for (const entry of group) entry.resolve(outcome);
    }
    this.#writing = false;
  }
}

/** Disks that are full and files that can't be opened concern every line: the target is down. */
function outcomeOf(written: Written): Outcome {
  if (written.kind === "Synced") return { kind: "Delivered", detail: "appended and synced" };
  const why = safeReason(written.error);
  if (written.kind === "Undone") return { kind: "Transient", reason: `not written: ${why}`, down: true };
  return { kind: "Ambiguous", reason: `written in part, or not synced: ${why}`, down: true };
}

function withdrawn(): Outcome {
  return { kind: "Transient", reason: "not written: given up before", down: false };
}

function unsure(): Outcome {
  return { kind: "Ambiguous", reason: "given up while it was being synced", down: false };
}
