import { type Document, LineCounter, type Node, isAlias, isMap, isScalar, isSeq, parseAllDocuments, visit } from "yaml";
import type { Path } from "../api/check.ts";

export interface YamlDocument {
  /** The content as plain JavaScript values; undefined for an empty document. */
  value: unknown;
  /** Line (from 1) on which the content begins. */
  line: number;
  /** Line of what `path` leads to; where that is missing, of the innermost thing around it that is there. */
  lineOf(path: Path): number;
}

export interface YamlError {
  line: number;
  reason: string;
}

/** A document may be about secrets: then nothing of its text may be quoted, and the parser's messages may quote. */
const MENTIONS_SECRETS = /\bSecret\b/;

/** Reads a file of several documents. Any error makes the whole file unreadable: what follows it can't be trusted. */
export function parseYaml(text: string): { documents: YamlDocument[]; errors: YamlError[] } {
  const lines = new LineCounter();
  // `merge` because `<<` works in every tool that people apply the same files with.
  // The parser compares each key of a map with all before it: a map of 100,000 would hold everything up for minutes.
  // Its warnings would go to stderr by themselves, and quote: a password such as {{x}} is a map to YAML.
  const options = {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    uniqueKeys: false,
    logLevel: "error",
  } as const;
  const parsed = parseAllDocuments(text, options);
  const documents = "empty" in parsed ? [] : parsed;
  const errors = documents.flatMap((document) => [
    ...document.errors.map((error) => ({
      line: lineAt(lines, error.pos[0]),
      reason: `not valid YAML: ${MENTIONS_SECRETS.test(text) ? error.code : error.message}`,
    })),
    ...repeatedKeys(document).map((offset) => ({
      line: lineAt(lines, offset),
      reason: "not valid YAML: Map keys must be unique",
    })),
  ]);
  if (errors.length > 0) return { documents: [], errors };
  return readDocuments(documents, lines);
}

/** Offsets of keys that their map has already. A merge key may stand there several times. */
function repeatedKeys(document: Document.Parsed): number[] {
  const offsets: number[] = [];
  if (document.errors.length > 0) return offsets;
  visit(document, {
    Map: (_key, map) => {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key) || key.value === "<<") continue;
        if (seen.has(key.value)) offsets.push(key.range?.[0] ?? 0);
        seen.add(key.value);
      }
    },
  });
  return offsets;
}

/** Turning nodes into values can fail as well: aliases that expand without end. */
function readDocuments(documents: Document.Parsed[], lines: LineCounter): ReturnType<typeof parseYaml> {
  const read: YamlDocument[] = [];
  for (const document of documents) {
    const line = lineAt(lines, document.contents?.range[0] ?? document.range[0]);
    try {
      const value: unknown = document.toJS({ maxAliasCount: 100 }) ?? undefined;
      read.push({ value, line, lineOf: (path) => lineAt(lines, offsetOf(document, path) ?? 0) });
    } catch {
      const reason = "not valid YAML: an alias names no anchor before it, or aliases multiply too far";
      const alias = danglingAlias(document);
      return { documents: [], errors: [{ line: alias === undefined ? line : lineAt(lines, alias), reason }] };
    }
  }
  return { documents: read, errors: [] };
}

/** Offset of the first alias without an anchor before it; undefined where every one has its own. */
function danglingAlias(document: Document.Parsed): number | undefined {
  let offset: number | undefined;
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) !== undefined) return undefined;
      offset = alias.range?.[0];
      return visit.BREAK;
    },
  });
  return offset;
}

const lineAt = (lines: LineCounter, offset: number): number => Math.max(lines.linePos(offset).line, 1);

function offsetOf(document: Document.Parsed, path: Path): number | undefined {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0];
  for (const step of path) {
    const next = child(isAlias(node) ? node.resolve(document) : node, step);
    if (next === undefined) break;
    offset = next.offset ?? offset;
    node = next.node;
  }
  return offset;
}

/** The node under `step`, and where a reader looks for it: at its key in a map, at itself in a list. */
function child(node: unknown, step: string | number): { node: unknown; offset: number | undefined } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
    return pair === undefined ? undefined : { node: pair.value, offset: (pair.key as Node).range?.[0] };
  }
  if (!isSeq(node) || typeof step !== "number") return undefined;
  const item = node.items[step] as Node | undefined;
  return item === undefined ? undefined : { node: item, offset: item.range?.[0] };
}
