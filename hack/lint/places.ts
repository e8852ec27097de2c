import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Where a file stands, and what the import rules make of it. */
export interface Place {
  /** Top folder of the checkout: `src`, `test`, `hack`; empty for files beside them. */
  top: string;
  /** Folder of src, e.g. `adapters`; empty for a file right in src. */
  folder: string;
  /** Folder within that, e.g. `mllp`; empty for a file right in it. */
  inner: string;
  isTest: boolean;
}

export function placeOf(file: string): Place {
  const [top = "", ...rest] = path.relative(root, file).split(path.sep);
  const folders = rest.slice(0, -1);
  return {
    top: rest.length === 0 ? "" : top,
    folder: folders[0] ?? "",
    inner: folders[1] ?? "",
    isTest: file.endsWith(".test.ts"),
  };
}

/** The place that a relative import leads to; undefined for packages. */
export function importedPlace(file: string, specifier: string): Place | undefined {
  if (/^\.{0,2}\//.test(specifier)) return placeOf(path.resolve(path.dirname(file), specifier));
  return specifier.startsWith("file:") ? placeOf(fileURLToPath(specifier)) : undefined;
}

/** `@nats-io/kv` of `@nats-io/kv/internal`. */
export function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
