import type { Path } from "../api/check.ts";
import { KINDS } from "../api/kinds.ts";
import { GROUP } from "../api/meta.ts";
import type { YamlDocument } from "./yamlfile.ts";

/** What is looked at to tell whose a document is. */
export interface Header {
  apiVersion?: unknown;
  kind?: unknown;
  metadata?: unknown;
}

export function headerOf(value: unknown): Header {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Header) : {};
}

/** Whether a document belongs to a version of our group. */
export const isOurs = (apiVersion: unknown): boolean =>
  typeof apiVersion === "string" && (apiVersion === GROUP || apiVersion.startsWith(`${GROUP}/`));

/** Lists within lists deeper than this are nobody's; kubectl has no bound. */
export const MAX_DEPTH = 8;

/**
 * The resources of `document`, each where it stands: those of a list (`kubectl get -o yaml` makes one) instead of the
 * list. A list whose `items` are none is left as it is.
 */
export function resourcesIn(document: YamlDocument, depth = 0): YamlDocument[] {
  const items = depth < MAX_DEPTH && isList(headerOf(document.value)) ? itemsOf(document.value) : undefined;
  if (items === undefined) return [document];
  return items.flatMap((value, index) => resourcesIn(itemOf(document, value, index), depth + 1));
}

const LISTS: ReadonlySet<unknown> = new Set(KINDS.map(({ kind }) => `${kind}List`));

export const isList = ({ apiVersion, kind }: Header): boolean =>
  (apiVersion === "v1" && (kind === "List" || kind === "SecretList")) || (isOurs(apiVersion) && LISTS.has(kind));

/** Go writes an empty list as null. */
function itemsOf(list: unknown): unknown[] | undefined {
  const { items } = list as { items?: unknown };
  if (items === null) return [];
  return Array.isArray(items) ? items : undefined;
}

function itemOf(list: YamlDocument, value: unknown, index: number): YamlDocument {
  const inList = (path: Path): Path => ["items", index, ...path];
  return { value, line: list.lineOf(inList([])), lineOf: (path) => list.lineOf(inList(path)) };
}
