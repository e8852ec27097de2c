import { setTimeout as pause } from "node:timers/promises";
import { type Admission, admission } from "../builders/admission.ts";
import { EhrConnection } from "../builders/ehr.ts";

/** Between two messages of a connection: what is killed must not only be the backlog. */
const PAUSE_MS = 60;

/** What was accepted, in the order in which one connection had it accepted. */
export interface Sent extends Admission {
  /** Position within its connection. */
  order: number;
  connection: number;
}

/**
 * A hospital that admits without end: each connection looks after patients of its own, sends one message after another
 * until it is accepted, and merges one of its patients into another now and then.
 */
export class Load {
  readonly accepted: Sent[] = [];
  readonly #stop = new AbortController();
  readonly #connections: EhrConnection[];
  readonly #running: Promise<void>[];
  readonly #prefix: string;

  constructor(ports: () => number, connections: number, prefix: string, host?: string) {
    this.#prefix = prefix;
    this.#connections = Array.from({ length: connections }, () => new EhrConnection(ports(), 20_000, host));
    this.#running = this.#connections.map((connection, i) => this.#run(connection, i));
  }

  /** Ends after what is under way has been accepted. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
    for (const connection of this.#connections) connection.close();
  }

  async #run(connection: EhrConnection, index: number): Promise<void> {
    for (let order = 0; !this.#stop.signal.aborted; order++) {
      const message = this.#next(index, order);
      await connection.deliver(admission(message));
      await pause(PAUSE_MS);
      this.accepted.push({ ...message, order, connection: index });
    }
  }

  #next(index: number, order: number): Admission {
    // The patient stands in the name too: the patient app gets identifiers as tokens only.
    const patient = (n: number) => `P${this.#prefix}-${index}-${n}`;
    const id = `${this.#prefix}${index}N${order}`;
    const common = { controlId: id, visit: `V${id}`, name: `${patient(order % 3)}^${order}` };
    if (order % 25 === 24)
      return { ...common, event: "A40", patient: patient(order % 3), merged: patient((order + 1) % 3) };
    return { ...common, event: order % 3 === 0 ? "A01" : "A08", patient: patient(order % 3) };
  }
}
