import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Document, type Pair, type Scalar, type YAMLMap, isMap, isScalar, parseDocument } from "yaml";

/** The part of JSON Schema that the chart's schema is written in. */
export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string | string[];
  enum?: string[];
  properties?: Record<string, Schema>;
}

/** One value that can be set. */
export interface ChartValue {
  /** e.g. `operator.replicas`. */
  path: string;
  type: string;
  /** As JSON. */
  default: string;
  /** The comment above it in values.yaml. */
  says: string;
}

const chart = new URL("../../charts/fascia/", import.meta.url);
const read = (name: string): string => readFileSync(fileURLToPath(new URL(name, chart)), "utf8");

/** Every value of the chart; throws where one lacks a comment, where the schema lacks one, or has one that is not there. */
export function chartValues(): ChartValue[] {
  return valuesOf(read("values.yaml"), JSON.parse(read("values.schema.json")) as Schema);
}

export function valuesOf(yaml: string, schema: Schema): ChartValue[] {
  const document: Document = parseDocument(yaml);
  // A comment above the first line belongs to the file.
  return isMap(document.contents) ? ofMap(document.contents as YAMLMap<Scalar<string>>, "", schema, schema) : [];
}

function ofMap(map: YAMLMap<Scalar<string>>, prefix: string, schema: Schema, root: Schema): ChartValue[] {
  const known = Object.keys(schema.properties ?? {});
  const there = new Set(map.items.map(({ key }) => key.value));
  // Helm hands `global` to charts that are part of another one.
  const missing = known.filter((name) => !there.has(name) && name !== "global");
  if (missing.length > 0) throw new Error(`values.yaml lacks ${prefix}${missing[0]}, which the schema has`);
  // The parser gives the comment above the first one to the map.
  const [first] = map.items;
  if (first !== undefined) first.key.commentBefore ??= map.commentBefore ?? null;
  return map.items.flatMap((pair) => ofPair(pair, prefix, schema, root));
}

function ofPair({ key, value }: Pair<Scalar<string>>, prefix: string, schema: Schema, root: Schema): ChartValue[] {
  const path = `${prefix}${key.value}`;
  const declared = schema.properties?.[key.value];
  if (declared === undefined) throw new Error(`values.schema.json lacks ${path}`);
  const own = resolve(declared, root);
  const inner = isMap(value) && own.properties !== undefined && !COMMENTED_WHOLE.test(path);
  if (inner) return ofMap(value as YAMLMap<Scalar<string>>, `${path}.`, own, root);
  const says = key.commentBefore?.replaceAll(/\n\s*/g, " ").trim();
  if (says === undefined || says === "") throw new Error(`values.yaml: ${path} has no comment above it`);
  return [{ path, type: typeOf(own), default: JSON.stringify(isScalar(value) ? value.value : toJson(value)), says }];
}

/** Kubernetes' own shapes are one value. */
const COMMENTED_WHOLE = /(^|\.)resources$/;

const toJson = (value: unknown): unknown => (value as { toJSON(): unknown }).toJSON();

function resolve(schema: Schema, root: Schema): Schema {
  return schema.$ref === undefined ? schema : (root.$defs?.[schema.$ref.replace("#/$defs/", "")] ?? {});
}

function typeOf({ type = "object", enum: values }: Schema): string {
  return values === undefined ? [type].flat().join(" or ") : values.map((value) => `\`${value}\``).join(", ");
}

/** charts/fascia/README.md. */
export function chartReadme(): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const rows = chartValues().map(
    (value) => `| \`${value.path}\` | ${value.type} | \`${cell(value.default)}\` | ${cell(value.says)} |`,
  );
  return [
    "<!-- Generated from values.yaml and values.schema.json by `npm run generate`. Do not edit. -->",
    "# Fascia's Helm chart",
    "",
    "Installs Fascia's operator. [docs/install-kubernetes.md](../../docs/install-kubernetes.md) goes through it.",
    "",
    "| value | type | default | says |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}
