import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { type NatsConnection, connect, credsAuthenticator } from "@nats-io/transport-node";
import { systemClock } from "../base/clock.ts";
import { FasciaError } from "../base/errors.ts";
import { API_PREFIX } from "../compile/exports.ts";
import { CredsFile } from "./credsfile.ts";
import { Outbox } from "./outbox.ts";
import { Requests } from "./requests.ts";

/** A connection to the hub's NATS server with JetStream. */
export interface Hub {
  nc: NatsConnection;
  jsm: JetStreamManager;
  /** Prefix of this connection's inboxes: the only subjects it needs to subscribe to for answers. */
  inboxPrefix: string;
  /** Where JetStream's requests begin. */
  api: string;
  requests: Requests;
  /** What is published without waiting for an answer. */
  outbox: Outbox;
}

export interface HubAddress {
  /** e.g. `nats://127.0.0.1:4222`; several are separated by commas. */
  url: string;
  user?: string;
  password?: string;
  token?: string;
  /**
   * Path of a NATS creds file, or of a directory with `nats.creds` or with `user` and `password`: read again at each
   * connect and whenever it changes.
   */
  credsFile?: string;
  /** Text of a creds file that stays, instead. */
  creds?: string;
  /** Where JetStream's requests begin, if not with `$JS.API`: in an account that imports them from another one. */
  apiPrefix?: string;
}

const SETUP_TIMEOUT_MS = 5000;

/**
 * Connects and keeps reconnecting for as long as the process lives, whatever the server says: credentials may be renewed.
 * Rejects with `HubUnavailable` when the first connection fails, with `CredentialsUnusable` where the creds file is none.
 */
export async function connectHub(address: HubAddress, name: string): Promise<Hub> {
  const creds = address.credsFile === undefined ? undefined : new CredsFile(address.credsFile);
  const fixed = address.creds === undefined ? undefined : credsAuthenticator(Buffer.from(address.creds));
  const authenticator = creds?.authenticator ?? fixed;
  try {
    const { url, user, password, token, apiPrefix = API_PREFIX } = address;
    const inboxPrefix = `_INBOX_${name.replaceAll(/[^A-Za-z0-9_-]/g, "_")}`;
    const nc = await connect({
      ...(user !== undefined && { user, pass: password ?? "" }),
      ...(token !== undefined && { token }),
      ...(authenticator && { authenticator }),
      servers: url.split(","),
      name,
      inboxPrefix,
      maxReconnectAttempts: -1,
      ignoreAuthErrorAbort: true,
      reconnectTimeWait: 250,
      reconnectJitter: 100,
      pingInterval: 10_000,
      maxPingOut: 2,
      // A stack for each request, in case it fails, costs more than sending it.
      noAsyncTraces: true,
    });
    void creds?.follow(nc);
    const jsm = await jetstreamManager(nc, { timeout: SETUP_TIMEOUT_MS, checkAPI: false, apiPrefix });
    const outbox = new Outbox(nc);
    return { nc, jsm, inboxPrefix, api: apiPrefix, requests: new Requests(nc, outbox, inboxPrefix), outbox };
  } catch (cause) {
    throw new FasciaError(
      "HubUnavailable",
      `cannot connect to NATS at ${address.url}: is the server running, are the credentials right, and do they fit its max_control_line?`,
      { cause },
    );
  }
}

/** How long what is buffered may take to be sent before the connection is closed anyway. */
const DRAIN_MS = 2000;

/** Sends what is buffered, then closes. Never rejects, and does not wait for a hub that is gone. */
export async function closeHub(hub: Hub): Promise<void> {
  hub.outbox.flush();
  const late = new AbortController();
  const drained = hub.nc.drain().catch(() => {});
  await Promise.race([drained, systemClock.sleep(DRAIN_MS, late.signal)]);
  late.abort();
  await hub.nc.close();
}
