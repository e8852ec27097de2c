import { createHash } from "node:crypto";
import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { Agent, type Dispatcher, ProxyAgent } from "undici";
import type { Clock } from "../../base/clock.ts";
import { FasciaError } from "../../base/errors.ts";

/** Who we are to the API server, and over which connections we speak to it. */
export interface Credentials {
  headers: Record<string, string>;
  dispatcher: Dispatcher;
}

/** Tokens of files are kept for another minute by the package itself, which is less than they overlap. */
const REREAD_MS = 30_000;
const CONNECT_MS = 10_000;
const KEEP_ALIVE_MS = 30_000;

/**
 * The way to the API server that a kubeconfig, or the pod's service account, describes. Tokens and certificates are
 * read again and again, since they are renewed in their files; connections are kept as long as CA and certificate
 * stay the same.
 */
export class Access {
  /** Scheme, host, port and path prefix of the API server, without a slash at the end. */
  readonly server: string;
  /** Of the current context: in a pod, the pod's own. */
  readonly namespace: string | undefined;
  readonly #config: KubeConfig;
  readonly #clock: Pick<Clock, "monotonic">;
  #current: { credentials: Credentials; identity: string; readAt: number } | undefined;

  /** `config` was loaded. Throws FasciaError `KubeConfigInvalid`. */
  constructor(config: KubeConfig, clock: Pick<Clock, "monotonic">) {
    const cluster = config.getCurrentCluster();
    if (cluster === null || !URL.canParse(cluster.server))
      throw new FasciaError(
        "KubeConfigInvalid",
        "the current context of the kubeconfig names no cluster with a server",
      );
    if (cluster.server.startsWith("http:") && !cluster.skipTLSVerify)
      throw new FasciaError(
        "KubeConfigInvalid",
        "the API server's address is http: use https, or set insecure-skip-tls-verify",
      );
    this.namespace = config.getContextObject(config.getCurrentContext())?.namespace;
    this.server = cluster.server.replace(/\/+$/, "");
    this.#config = config;
    this.#clock = clock;
  }

  async credentials(): Promise<Credentials> {
    const now = this.#clock.monotonic();
    if (this.#current !== undefined && now - this.#current.readAt < REREAD_MS) return this.#current.credentials;
    const options: RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    const { ca, cert, key } = options;
    const identity = createHash("sha256")
      .update(JSON.stringify([ca, cert, key]))
      .digest("base64");
    const before = this.#current;
    const keep = before?.identity === identity;
    const dispatcher = keep ? before.credentials.dispatcher : this.#dispatcher(options);
    const credentials = { headers: headersOf(options), dispatcher };
    this.#current = { credentials, identity, readAt: now };
    // What is under way over the old connections ends as it would have; new requests take the new ones.
    if (before !== undefined && !keep) before.credentials.dispatcher.close().catch(() => {});
    return credentials;
  }

  /** Cuts everything that is under way. */
  async close(): Promise<void> {
    await this.#current?.credentials.dispatcher.destroy();
  }

  #dispatcher({ ca, cert, key, servername, rejectUnauthorized }: RequestOptions): Dispatcher {
    const tls = { ca, cert, key, servername, rejectUnauthorized };
    const given = Object.entries(tls).filter(([, value]) => value !== undefined);
    // The server of a quiet watch is asked for a sign of life before a load balancer loses patience.
    const connect = { timeout: CONNECT_MS, keepAliveInitialDelay: KEEP_ALIVE_MS, ...Object.fromEntries(given) };
    const proxy = this.#config.getCurrentCluster()?.proxyUrl;
    if (proxy === undefined) return new Agent({ connect });
    if (/^https?:/.test(proxy)) return new ProxyAgent({ uri: proxy, requestTls: connect });
    throw new FasciaError("KubeConfigInvalid", "proxy-url of the kubeconfig is neither http nor https");
  }
}

function headersOf({ headers, auth }: RequestOptions): Record<string, string> {
  const basic = auth == null ? {} : { authorization: `Basic ${Buffer.from(auth).toString("base64")}` };
  const given = Object.entries((headers ?? {}) as Record<string, unknown>);
  return { ...basic, ...Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), String(value)])) };
}
