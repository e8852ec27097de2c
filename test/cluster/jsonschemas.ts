import type { KubeClient } from "../../hack/cluster/client.ts";

/** As much of OpenAPI 3.0's schemas as an API server writes, and of JSON Schema's. */
export type Schema = { [keyword: string]: unknown };

interface OpenApi {
  components: { schemas: Record<string, Schema> };
}

interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}

/** A JSON Schema (draft 7) that stands alone: its fields, and no others. */
export interface KindSchema extends GroupVersionKind {
  schema: Schema;
}

const PREFIX = "#/components/schemas/";

/** Of every kind in these versions of groups, e.g. `apps/v1` or `v1`, as the API server publishes it. */
export async function servedSchemas(client: KubeClient, groupVersions: Iterable<string>): Promise<KindSchema[]> {
  const found: KindSchema[] = [];
  for (const groupVersion of groupVersions) {
    const path = `/openapi/v3/${groupVersion.includes("/") ? "apis" : "api"}/${groupVersion}`;
    const { status, body } = await client.request("GET", path);
    // One that is not served has no kinds.
    if (status === 200) found.push(...kindSchemas((body as OpenApi).components.schemas, groupVersion));
  }
  return found;
}

/** Of the kinds of one version of a group, among what it publishes. */
export function kindSchemas(schemas: Record<string, Schema>, groupVersion: string): KindSchema[] {
  const all = Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, strict(schema)]));
  return Object.entries(schemas).flatMap(([name, schema]) => {
    const kinds = (schema["x-kubernetes-group-version-kind"] ?? []) as GroupVersionKind[];
    const own = kinds.filter(({ group, version }) => [group, version].filter(Boolean).join("/") === groupVersion);
    return own.map((kind) => ({ ...kind, schema: standalone(name, all) }));
  });
}

function standalone(name: string, all: Record<string, Schema>): Schema {
  const needed = new Set([name]);
  for (const each of needed) for (const other of referred(all[each])) needed.add(other);
  const schemas = Object.fromEntries([...needed].map((each) => [each, all[each]]));
  return { $schema: "http://json-schema.org/draft-07/schema#", $ref: PREFIX + name, components: { schemas } };
}

/** Names of the schemas that one refers to. */
function referred(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "$ref" && typeof inner === "string" ? [inner.slice(PREFIX.length)] : referred(inner),
  );
}

/** Refuses fields that it does not name. What stands below anyOf and the like narrows fields that are named elsewhere. */
function strict(schema: Schema): Schema {
  const { properties, items, additionalProperties, nullable, type, ...rest } = schema;
  const isOpen = properties === undefined || schema["x-kubernetes-preserve-unknown-fields"] === true;
  return {
    ...rest,
    ...(type !== undefined && { type: nullable === true ? [type, "null"] : type }),
    ...(properties !== undefined && { properties: mapValues(properties as Record<string, Schema>, strict) }),
    ...(items !== undefined && { items: strict(items as Schema) }),
    ...(!isOpen && { additionalProperties: false }),
    ...(additionalProperties !== undefined && { additionalProperties: inner(additionalProperties) }),
  };
}

const inner = (value: unknown): unknown => (typeof value === "object" ? strict(value as Schema) : value);

const mapValues = <T, U>(record: Record<string, T>, change: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
