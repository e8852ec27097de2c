import { table } from "../table.ts";
import type { Sent } from "./transmit.ts";

/** Counts what was sent, and says at the end how it went. */
export class Summary {
  readonly #answers = new Map<string, number>();
  readonly #latencies: number[] = [];

  add(sent: Sent): void {
    const answer = answerName(sent);
    this.#answers.set(answer, (this.#answers.get(answer) ?? 0) + 1);
    if (sent.answer.kind === "Acknowledged") this.#latencies.push(sent.latencyMs);
  }

  get sent(): number {
    return [...this.#answers.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Whether every one of `expected` messages was accepted. */
  allAccepted(expected: number): boolean {
    return (this.#answers.get("AA") ?? 0) + (this.#answers.get("CA") ?? 0) === expected;
  }

  table(elapsedMs: number): string {
    const rows: [string, string][] = [["sent", `${this.sent}`]];
    for (const [answer, count] of [...this.#answers].sort(([a], [b]) => (a < b ? -1 : 1)))
      rows.push([answer, `${count}`]);
    const sorted = Float64Array.from(this.#latencies).sort();
    if (sorted.length > 0) {
      rows.push(["latency p50", showMs(percentile(sorted, 0.5))]);
      rows.push(["latency p99", showMs(percentile(sorted, 0.99))]);
    }
    rows.push(["messages/s", ((this.sent * 1000) / Math.max(elapsedMs, 1)).toFixed(elapsedMs < 1000 ? 1 : 0)]);
    return table(["answer", "result"], rows);
  }
}

/** One line about one message, e.g. `AA  MSG00001  3.2 ms`. */
export function line(sent: Sent): string {
  const { answer, controlId, latencyMs } = sent;
  if (answer.kind !== "Acknowledged") return `--  ${controlId}  ${answer.reason}`;
  const error = answer.ack.errorCode === undefined ? "" : `  error ${answer.ack.errorCode}`;
  return `${answer.ack.code}  ${controlId}  ${showMs(latencyMs)}${error}`;
}

function answerName({ answer }: Sent): string {
  if (answer.kind === "Acknowledged") return answer.ack.code;
  return answer.kind === "Unsent" ? "not sent" : "no answer";
}

/** Nearest rank: the smallest value that at least the fraction `p` of all does not exceed. */
function percentile(sorted: Float64Array, p: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * p) - 1)] ?? 0;
}

const showMs = (ms: number): string => `${ms.toFixed(1)} ms`;
