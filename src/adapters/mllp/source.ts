import type { MllpSourceSpec } from "../../api/adapter-mllp.ts";
import type { Receive, Source, SourceDeps } from "../adapter.ts";
import { createAnswerer } from "./answer.ts";
import { Connection, type ConnectionContext } from "./connection.ts";
import { type Listener, listen } from "./listener.ts";
import { IntakeMemory } from "./memory.ts";

/** How often deadlines are looked at: they are whole seconds, so a timer for each message would buy nothing. */
const TICK_MS = 250;
/** How often refused connections are reported, at most. */
const REPORT_MS = 10_000;
/** For unanswered messages of all connections together; a single one of the greatest length always fits. */
const MEMORY_BYTES = 64 * 1024 * 1024;

/** Listens for HL7 v2 messages over MLLP, answers each once it is stored, and keeps each connection's order. */
export function createMllpSource(spec: MllpSourceSpec, deps: SourceDeps): Source {
  return new MllpSource(spec, deps);
}

class MllpSource implements Source {
  readonly #spec: MllpSourceSpec;
  readonly #deps: SourceDeps;
  readonly #connections = new Set<Connection>();
  readonly #over = new AbortController();
  #listener: Listener | undefined;
  #count = 0;
  #stopping = false;

  constructor(spec: MllpSourceSpec, deps: SourceDeps) {
    this.#spec = spec;
    this.#deps = deps;
  }

  async start(receive: Receive): Promise<string> {
    const { clock, log } = this.#deps;
    const context: ConnectionContext = {
      spec: this.#spec,
      clock,
      log,
      receive,
      answerer: createAnswerer(this.#spec, clock),
      memory: new IntakeMemory(Math.max(MEMORY_BYTES, 2 * this.#spec.maxMessageBytes)),
    };
    const listener = await listen(this.#spec, this.#deps, (socket, principal) => {
      if (this.#stopping) return void socket.destroy();
      const connection = new Connection(socket, context, ++this.#count, principal);
      this.#connections.add(connection);
      void connection.finished.then(() => this.#connections.delete(connection));
    });
    this.#listener = listener;
    void this.#keepTime(listener);
    log.info("mllp listening", { address: listener.address });
    return listener.address;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#listener?.close();
    for (const connection of this.#connections) connection.stop();
    await Promise.all(Array.from(this.#connections, (connection) => connection.finished));
    this.#over.abort();
  }

  /** Looks at every connection's deadline, at renewed certificates, and at connections that were refused. */
  async #keepTime(listener: Listener): Promise<void> {
    const { clock, log } = this.#deps;
    let reported = -Infinity;
    while (!this.#over.signal.aborted) {
      await clock.sleep(TICK_MS, this.#over.signal);
      const now = clock.monotonic();
      for (const connection of this.#connections) connection.expire(now);
      void listener.renew(now);
      if (now - reported < REPORT_MS) continue;
      const count = listener.takeRefused();
      if (count === 0) continue;
      reported = now;
      log.warn("mllp connections refused", {
        count,
        reason: `spec.mllp.source.maxConnections is ${this.#spec.maxConnections}`,
      });
    }
  }
}
