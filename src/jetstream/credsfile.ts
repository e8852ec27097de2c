import { readFileSync } from "node:fs";
import { type Authenticator, type NatsConnection, credsAuthenticator } from "@nats-io/nats-core";
import { systemClock } from "../base/clock.ts";
import { FasciaError } from "../base/errors.ts";

/** A Secret that is mounted as a file is replaced, without a signal: how often it is looked at. */
const LOOK_MS = 5000;
/** A JWT and a seed, each between its lines. */
const SHAPE = /-{3,}BEGIN [^\n]*-{3,}\s+\S+\s+-{3,}END [\s\S]*-{3,}BEGIN [^\n]*-{3,}\s+\S+\s+-{3,}END /;

/** Credentials in a file that is renewed beneath a running process. */
export class CredsFile {
  readonly #path: string;
  #text: string;

  /** Throws FasciaError `CredentialsUnusable`. */
  constructor(path: string) {
    this.#path = path;
    this.#text = read(path);
  }

  /** Each connection and each reconnection is made with what the file says then. */
  readonly authenticator: Authenticator = (nonce) => {
    this.#look();
    return credsAuthenticator(Buffer.from(this.#text))(nonce);
  };

  /**
   * Reconnects as soon as the file has other credentials, for permissions hold from one connect to the next. Ends when
   * the connection is closed.
   */
  async follow(nc: NatsConnection): Promise<void> {
    const closed = new AbortController();
    void nc.closed().then(() => closed.abort());
    while (!closed.signal.aborted) {
      await systemClock.sleep(LOOK_MS, closed.signal);
      // It may be closing by now.
      if (!closed.signal.aborted && this.#look()) await nc.reconnect().catch(() => {});
    }
  }

  /** Whether there is anything new. While the file is away or half written what was there before goes on. */
  #look(): boolean {
    let text: string;
    try {
      text = read(this.#path);
    } catch {
      return false;
    }
    const isNew = text !== this.#text;
    this.#text = text;
    return isNew;
  }
}

/** Without waiting, because the client asks for credentials in the middle of connecting. */
function read(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new FasciaError("CredentialsUnusable", `${path} cannot be read (${code}): name a NATS creds file`, { cause });
  }
  if (SHAPE.test(text)) return text;
  throw new FasciaError("CredentialsUnusable", `${path} is no NATS creds file: it is to hold a user JWT and a seed`);
}
