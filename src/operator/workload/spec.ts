import { posix } from "node:path";
import type { AdapterSpec } from "../../api/adapter.ts";

/** What an Adapter's spec asks of its surroundings. */

/** Where relative paths of files begin in a pod. */
export const WORK_DIR = "/var/lib/fascia";

/** Where the source listens; undefined for an adapter that does not. */
export function listening(spec: AdapterSpec): { name: "mllp" | "http"; port: number } | undefined {
  if (spec.mllp?.source) return { name: "mllp", port: spec.mllp.source.port };
  return spec.http?.source && { name: "http", port: spec.http.source.port };
}

/** Host and port of the system that messages go to. */
export function destination({ mllp, fhir, http }: AdapterSpec): { host: string; port: number } | undefined {
  if (mllp?.target) return { host: mllp.target.host, port: mllp.target.port };
  const url = fhir?.target?.url ?? http?.target?.url;
  return url === undefined ? undefined : hostOf(url);
}

const DEFAULT_PORTS: Record<string, number> = { "http:": 80, "https:": 443, "nats:": 4222, "tls:": 4222 };

/** `http`, `https`, `nats` and `tls` addresses; the brackets around an IPv6 address are left out. */
export function hostOf(address: string): { host: string; port: number } {
  const url = new URL(address.includes("://") ? address : `nats://${address}`);
  const port = url.port === "" ? (DEFAULT_PORTS[url.protocol] ?? 443) : Number(url.port);
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port };
}

/** A directory that the adapter reads or writes files in. */
export interface FileDirectory {
  /** Absolute. */
  path: string;
  claimName?: string;
}

/** Each once; where source and target share one, the source's claim counts. */
export function directoriesOf({ file }: AdapterSpec): FileDirectory[] {
  const { source, target } = file ?? {};
  const wanted = [
    ...(source ? [{ path: inPod(source.directory), claim: source.claimName }] : []),
    ...(target ? [{ path: posix.dirname(inPod(target.path)), claim: target.claimName }] : []),
  ];
  const byPath = new Map<string, FileDirectory>();
  for (const { path, claim } of wanted)
    if (!byPath.has(path)) byPath.set(path, { path, ...(claim !== undefined && { claimName: claim }) });
  return [...byPath.values()];
}

const inPod = (path: string): string => posix.resolve(WORK_DIR, path);
