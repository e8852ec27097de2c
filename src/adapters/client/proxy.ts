import { BlockList, isIP, type Socket } from "node:net";
import { FasciaError } from "../../base/errors.ts";
import type { TargetDeps } from "../adapter.ts";
import { request } from "../nodehttp.ts";

/**
 * Proxies as `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name them, where `NODE_USE_ENV_PROXY` is 1: the switch by which
 * Node's own clients heed them. Undefined where it is not. Throws FasciaError `ProxyInvalid`.
 */
export function proxyFromEnvironment(env: NodeJS.ProcessEnv): TargetDeps["proxyFor"] {
  if (env["NODE_USE_ENV_PROXY"] !== "1") return undefined;
  const named = (name: string) => proxyUrl(name, env[name.toLowerCase()] ?? env[name] ?? "");
  const proxies = { "https:": named("HTTPS_PROXY"), "http:": named("HTTP_PROXY") };
  const direct = reachedDirectly(env["no_proxy"] ?? env["NO_PROXY"] ?? "");
  return (url) => (direct(url) ? undefined : proxies[url.protocol as keyof typeof proxies]);
}

function proxyUrl(name: string, text: string): URL | undefined {
  if (text === "") return undefined;
  const url = URL.parse(text.includes("://") ? text : `http://${text}`);
  if (url?.protocol === "http:") return url;
  throw new FasciaError("ProxyInvalid", `${name} is no address of a proxy: give http://host:port`);
}

/** Entries are host names (with their subdomains), addresses, ranges (10.0.0.0/8) or `*`; a port may follow a name. */
function reachedDirectly(list: string): (url: URL) => boolean {
  const entries = list.split(/[\s,]+/).filter((entry) => entry !== "");
  const ranges = new BlockList();
  const names: string[] = [];
  for (const entry of entries) {
    const [address = "", bits] = entry.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (isIP(address) === 0) names.push(entry.toLowerCase().replace(/^\*?\./, ""));
    else if (bits === undefined) ranges.addAddress(address, family);
    else ranges.addSubnet(address, Number(bits), family);
  }
  return (url) => {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    if (isIP(host) !== 0) return names.includes("*") || ranges.check(host, isIP(host) === 6 ? "ipv6" : "ipv4");
    const withPort = `${host}:${url.port === "" ? (url.protocol === "https:" ? 443 : 80) : url.port}`;
    return names.some((name) => name === "*" || [host, withPort].some((h) => h === name || h.endsWith(`.${name}`)));
  };
}

/**
 * A connection to `authority` (`host:port`) through `proxy` (CONNECT, RFC 9110 section 9.3.6). Rejects with FasciaError
 * `ProxyRefused` where the proxy answers and does not let us through, otherwise with what failed.
 */
export function throughProxy(proxy: URL, authority: string, signal: AbortSignal): Promise<Socket> {
  const { username, password } = proxy;
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64");
  const credentials = username === "" ? {} : { "proxy-authorization": `Basic ${basic}` };
  return new Promise((resolve, reject) => {
    const asked = request({
      host: proxy.hostname.replace(/^\[|\]$/g, ""),
      port: proxy.port === "" ? 80 : Number(proxy.port),
      method: "CONNECT",
      path: authority,
      headers: { host: authority, ...credentials },
      agent: false,
      signal,
    });
    asked.once("error", reject);
    asked.once("connect", ({ statusCode = 0 }, socket: Socket) => {
      if (statusCode >= 200 && statusCode < 300) return resolve(socket.setNoDelay(true));
      socket.destroy();
      reject(new FasciaError("ProxyRefused", `the proxy ${proxy.host} does not lead there: it answered ${statusCode}`));
    });
    asked.end();
  });
}
