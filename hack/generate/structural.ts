/**
 * JSON Schema as zod writes it → the structural schema that a CustomResourceDefinition may have
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema).
 * Whatever has no faithful counterpart there is an error, never left out silently.
 */

export type Schema = Record<string, unknown>;

/** What is copied as it is. */
const COPIED = new Set([
  "default",
  "enum",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "minItems",
  "maxItems",
  "required",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
]);

const INT32_MAX = 2 ** 31 - 1;

/** Formats that the API server checks by itself; zod's pattern for the same is then left out. */
const FORMATS = new Map([
  ["date-time", { pattern: false }],
  ["uri", { pattern: true }],
]);

/** Translates `schema`; adds what it cannot translate to `problems`, with the field's path. */
export function structural(schema: Schema, path: string, problems: string[]): Schema {
  const { $schema: _, description, ...keywords } = schema;
  const result: Schema = description === undefined ? {} : { description };
  if (isAnything(keywords)) return { ...result, ...keywords, "x-kubernetes-preserve-unknown-fields": true };
  if (keywords["x-kubernetes-int-or-string"] === true) return { ...result, ...intOrString(keywords, path, problems) };
  for (const [key, value] of Object.entries(keywords)) {
    if (COPIED.has(key)) result[key] = value;
    else Object.assign(result, translate(key, value, keywords, path, problems));
  }
  if (keywords["type"] === "integer") result["format"] = integerFormat(keywords);
  if (keywords["type"] === "array") result["x-kubernetes-list-type"] ??= "atomic";
  return result;
}

/** What becomes of a keyword that is not merely copied. */
function translate(key: string, value: unknown, schema: Schema, path: string, problems: string[]): Schema {
  switch (key) {
    case "type":
      if (typeof value === "string") return { type: value };
      break;
    case "properties":
      return { properties: fields(value as Record<string, Schema>, path, problems) };
    case "items":
      return { items: structural(value as Schema, `${path}[]`, problems) };
    case "additionalProperties":
      return rest(value, schema, path, problems);
    // The keys of a record are strings, which is all that zod can say of them and that JSON knows.
    case "propertyNames":
      return {};
    case "format":
      if (FORMATS.has(value as string)) return { format: value };
      break;
    case "pattern":
      return FORMATS.get(schema["format"] as string)?.pattern === false ? {} : { pattern: value };
    default:
  }
  problems.push(`${path}: ${key} ${JSON.stringify(value)} has no structural counterpart`);
  return {};
}

function fields(properties: Record<string, Schema>, path: string, problems: string[]): Record<string, Schema> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => {
      if (!schema["description"]) problems.push(`${path}.${name}: has no description`);
      return [name, structural(schema, `${path}.${name}`, problems)];
    }),
  );
}

/** `additionalProperties`: unknown fields are refused by the API server itself, so `false` is its way already. */
function rest(value: unknown, schema: Schema, path: string, problems: string[]): Schema {
  if (value === false) return {};
  if (isAnything(value as Schema)) return { "x-kubernetes-preserve-unknown-fields": true };
  if (schema["properties"] !== undefined) problems.push(`${path}: properties beside additionalProperties`);
  return { additionalProperties: structural(value as Schema, `${path}{}`, problems) };
}

/** Whether a schema lets everything through (`z.unknown()`); it may have a default. */
function isAnything(schema: Schema): boolean {
  return Object.keys(schema).every((key) => key === "default");
}

/** A number or a text, such as a quantity: the one choice of types that a structural schema has. */
function intOrString(schema: Schema, path: string, problems: string[]): Schema {
  const [number, text, ...more] = (schema["anyOf"] ?? []) as Schema[];
  if (number?.["type"] !== "integer" || text?.["type"] !== "string" || more.length > 0)
    problems.push(`${path}: x-kubernetes-int-or-string needs exactly an integer and a string`);
  const { minimum } = number ?? {};
  const { pattern } = text ?? {};
  return {
    anyOf: [{ type: "integer" }, { type: "string" }],
    "x-kubernetes-int-or-string": true,
    ...(minimum !== undefined && { minimum }),
    ...(pattern !== undefined && { pattern }),
  };
}

function integerFormat(schema: Schema): string {
  const { minimum, maximum } = schema as { minimum?: number; maximum?: number };
  const fits = minimum !== undefined && maximum !== undefined && minimum >= -INT32_MAX && maximum <= INT32_MAX;
  return fits ? "int32" : "int64";
}
