import { StringDecoder } from "node:string_decoder";
import type { Status } from "./failure.ts";
import type { KubeObject } from "./resource.ts";

/** One line of a watch (https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes). */
export type WatchEvent =
  | { type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK"; object: KubeObject; resourceVersion: string }
  | { type: "ERROR"; status: Status };

/** Cuts a stream of bytes into lines. What stands behind the last line feed is no line: it was cut off. */
export class LineReader {
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  push(chunk: Buffer): string[] {
    const text = this.#decoder.write(chunk);
    const end = text.lastIndexOf("\n");
    if (end < 0) {
      this.#rest += text;
      return [];
    }
    const lines = (this.#rest + text.slice(0, end)).split("\n");
    this.#rest = text.slice(end + 1);
    return lines.filter((line) => line !== "");
  }
}

/** Undefined for what is no event: bytes were lost or changed on the way, and nothing behind them can be trusted. */
export function parseWatchLine(line: string): WatchEvent | undefined {
  const value = parse(line);
  if (value === undefined) return undefined;
  const { type, object } = value;
  if (type === "ERROR") return { type, status: object as Status };
  if (type !== "ADDED" && type !== "MODIFIED" && type !== "DELETED" && type !== "BOOKMARK") return undefined;
  const { metadata } = object as Partial<KubeObject>;
  const resourceVersion = metadata?.resourceVersion;
  if (typeof resourceVersion !== "string" || resourceVersion === "") return undefined;
  if (type !== "BOOKMARK" && typeof metadata?.name !== "string") return undefined;
  return { type, object: object as KubeObject, resourceVersion };
}

function parse(line: string): { type: unknown; object: object } | undefined {
  try {
    const value = JSON.parse(line) as { type?: unknown; object?: unknown } | null;
    const object = value?.object;
    return typeof object === "object" && object !== null ? { type: value?.type, object } : undefined;
  } catch {
    return undefined;
  }
}
