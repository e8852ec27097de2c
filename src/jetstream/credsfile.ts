import { readFileSync } from "node:fs";
import path from "node:path";
import { type Authenticator, type NatsConnection, credsAuthenticator } from "@nats-io/nats-core";
import { systemClock } from "../base/clock.ts";
import { FasciaError } from "../base/errors.ts";

/** By what somebody is known to a NATS server: the text of a creds file, or user and password. */
export type Credentials = { creds: string } | { user: string; password: string };

/** A Secret that is mounted is replaced, without a signal: how often it is looked at. */
const LOOK_MS = 5000;
/** A JWT and a seed, each between its lines. */
const SHAPE = /-{3,}BEGIN [^\n]*-{3,}\s+\S+\s+-{3,}END [\s\S]*-{3,}BEGIN [^\n]*-{3,}\s+\S+\s+-{3,}END /;

/** Credentials in a file, or in a directory, that are renewed beneath a running process. */
export class CredsFile {
  readonly #path: string;
  #present: Credentials;

  /** `file`: as `readCredentialsAt` takes it. Throws FasciaError `CredentialsUnusable`. */
  constructor(file: string) {
    this.#path = file;
    this.#present = readCredentialsAt(file);
  }

  /** Each connection and each reconnection is made with what the file says then. */
  readonly authenticator: Authenticator = (nonce) => {
    this.#look();
    return authenticate(this.#present, nonce);
  };

  /**
   * Reconnects as soon as there are other credentials, for permissions hold from one connect to the next. Ends when the
   * connection is closed.
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

  /** Whether there is anything new. While it is away or half written what was there before goes on. */
  #look(): boolean {
    let found: Credentials;
    try {
      found = readCredentialsAt(this.#path);
    } catch {
      return false;
    }
    const isNew = JSON.stringify(found) !== JSON.stringify(this.#present);
    this.#present = found;
    return isNew;
  }
}

/** What the client sends for them. */
function authenticate(shown: Credentials, nonce?: string): ReturnType<Authenticator> {
  if ("creds" in shown) return credsAuthenticator(Buffer.from(shown.creds))(nonce);
  return { user: shown.user, pass: shown.password };
}

/**
 * The credentials in a NATS creds file, or in a directory (a mounted Secret) that has `nats.creds`, or `user` and
 * `password`. Without waiting, because the client asks for them in the middle of connecting. Throws FasciaError
 * `CredentialsUnusable`.
 */
export function readCredentialsAt(file: string): Credentials {
  const single = read(file);
  if (single !== "Directory") return creds(file, required(file, single));
  const inside = path.join(file, "nats.creds");
  const text = read(inside);
  if (text !== undefined && text !== "Directory") return creds(inside, text);
  const [user, password] = ["user", "password"].map((key) => line(path.join(file, key)));
  return { user: user as string, password: password as string };
}

function creds(file: string, text: string): Credentials {
  if (SHAPE.test(text)) return { creds: text };
  throw unusable(`${file} is no NATS creds file: it is to hold a user JWT and a seed`);
}

const line = (file: string): string => required(file, read(file)).trimEnd();

function required(file: string, found: string | undefined): string {
  if (found !== undefined && found.trim() !== "" && found !== "Directory") return found;
  throw unusable(
    `${file} is not there or empty: name a NATS creds file, or a directory with one (nats.creds) or with user and password`,
  );
}

/** Undefined where there is nothing. */
function read(file: string): string | "Directory" | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EISDIR") return "Directory";
    if (code === "ENOENT") return undefined;
    throw unusable(`${file} cannot be read (${code}): name a NATS creds file`, cause);
  }
}

const unusable = (message: string, cause?: unknown): FasciaError =>
  new FasciaError("CredentialsUnusable", message, { cause });
