import type { ClientTls, SecretKeyRef } from "../../api/meta.ts";
import { FasciaError } from "../../base/errors.ts";
import { Semaphore } from "../../base/semaphore.ts";
import type { Outcome, TargetDeps } from "../adapter.ts";
import { readToken } from "./auth.ts";
import { Connection } from "./connection.ts";
import { dialler } from "./dial.ts";
import type { Exchange, HttpRequest } from "./exchange.ts";
import { notSent } from "./outcome.ts";

/** What the targets that speak HTTP have in common. */
export interface ClientSpec {
  url: string;
  bearerTokenRef?: SecretKeyRef | undefined;
  tls?: ClientTls | undefined;
  connections: number;
  timeoutSeconds: number;
}

/** One connection, for one delivery until released. */
export interface Lease {
  /** Sends with the credentials of this lease; never rejects. `maxBodyBytes` bounds the answer's body. */
  request(request: HttpRequest, maxBodyBytes: number, signal: AbortSignal): Promise<Exchange>;
  release(): void;
}

/** A bounded set of kept-alive connections to one HTTP server. */
export class Agent {
  /** `spec.url`, checked. */
  readonly url: URL;
  readonly #deps: TargetDeps;
  readonly #tokenRef: SecretKeyRef | undefined;
  readonly #places: Semaphore;
  /** Free connections, the one used last on top: the others may go idle and close. */
  readonly #free: Connection[];
  readonly #closing = new AbortController();

  /** Throws FasciaError `UrlInvalid`. */
  constructor(spec: ClientSpec, deps: TargetDeps) {
    const url = checkedUrl(spec);
    this.url = url;
    this.#deps = deps;
    this.#tokenRef = spec.bearerTokenRef;
    this.#places = new Semaphore(spec.connections);
    const dial = dialler(url, spec.tls, deps);
    this.#free = Array.from(
      { length: spec.connections },
      () => new Connection(url.origin, dial, deps.clock, spec.timeoutSeconds * 1000),
    );
  }

  /** Waits for a free connection, reads the token and connects. Never rejects: a failure here has sent nothing. */
  async acquire(signal: AbortSignal): Promise<Lease | Extract<Outcome, { kind: "Transient" }>> {
    const closing = this.#closing.signal;
    if (!(await this.#places.acquire(signal, closing))) return givenUp();
    const connection = this.#free.pop();
    if (connection === undefined) throw new Error("more places than connections");
    try {
      const token = this.#tokenRef && (await readToken(this.#tokenRef, this.#deps.secrets));
      // A signal made of two costs more than the rest of this: only where it is needed.
      if (!connection.isOpen) await connection.open(AbortSignal.any([signal, closing]));
      return this.#lease(connection, token === undefined ? {} : { authorization: `Bearer ${token}` });
    } catch (error) {
      this.#giveBack(connection);
      return signal.aborted || closing.aborted ? givenUp() : notSent(error);
    }
  }

  /** Waits for those under way, then closes all connections. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#places.drained();
    await Promise.all(this.#free.map((connection) => connection.close()));
  }

  #lease(connection: Connection, credentials: Record<string, string>): Lease {
    let released = false;
    return {
      request: (request, maxBodyBytes, signal) =>
        connection.request({ ...request, headers: { ...request.headers, ...credentials } }, maxBodyBytes, signal),
      release: () => {
        if (!released) this.#giveBack(connection);
        released = true;
      },
    };
  }

  #giveBack(connection: Connection): void {
    this.#free.push(connection);
    this.#places.release();
  }
}

const givenUp = () => notSent(new FasciaError("Aborted", "given up"));

/** What undici would take apart in silence is refused: credentials in the address, TLS settings without TLS. */
function checkedUrl(spec: ClientSpec): URL {
  const url = URL.parse(spec.url);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw new FasciaError("UrlInvalid", "target.url is no http or https address");
  if (url.username !== "" || url.password !== "")
    throw new FasciaError("UrlInvalid", "target.url holds credentials: put them into a Secret and set bearerTokenRef");
  if (spec.tls !== undefined && url.protocol === "http:")
    throw new FasciaError("UrlInvalid", "target.tls is set but target.url is not https: change one of them");
  return url;
}
