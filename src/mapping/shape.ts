import { unescaped } from "../base/jsonpointer.ts";

/** What a schema declares of an object or a list, from whichever of its parts: enough to tell declared members from others. */
export interface Shape {
  /** Declared members; null: nothing within can be undeclared. */
  members: ReadonlyMap<string, Shape | null>;
  /** Whether a member of another name passes and is none that anybody expects. */
  isOpen: boolean;
  items: Shape | undefined;
  /** Of members without a name of their own, where the object is a map. */
  others: Shape | undefined;
}

type Schema = Readonly<Record<string, unknown>>;

interface Making {
  members: Map<string, Making | null>;
  isOpen: boolean;
  items: Making | undefined;
  others: Making | undefined;
}

/** Parts of a schema that hold for the same value as it does, always or in some cases. */
const ALWAYS = ["allOf"] as const;
const IN_CASES = ["anyOf", "oneOf"] as const;
const IN_ONE_CASE = ["if", "then", "else"] as const;
/** What a schema says of members that it does not name. */
const UNNAMED = ["additionalProperties", "unevaluatedProperties"] as const;

/** Looks into schemas: combinations can multiply, and then nothing undeclared is looked for. */
const MAX_LOOKS = 100_000;
const MAX_SHAPES = 2_000;

/**
 * The shape of what satisfies `schema`, compiled once; undefined where no member can be undeclared: everything is
 * closed, or no names are declared, or the schema refers in ways that are not followed here ($id, $anchor, $dynamicRef).
 */
export function shapeOf(schema: Schema): Shape | undefined {
  try {
    const shapes = new Map<string, Making>();
    const root = shapeFrom([schema], { root: schema, ids: new Map(), shapes, looks: 0 });
    return root && prune(root, [...shapes.values()]);
  } catch (error) {
    if (error instanceof NotFollowed || error instanceof URIError) return undefined;
    throw error;
  }
}

class NotFollowed extends Error {}

interface Context {
  root: Schema;
  /** Numbers of schemas, which tell sets of them apart. */
  ids: Map<Schema, number>;
  /** By the schemas that they are made from: one that refers to itself comes to an end. */
  shapes: Map<string, Making>;
  looks: number;
}

function shapeFrom(schemas: readonly Schema[], context: Context): Making | undefined {
  const parts = [...together(schemas, context, casesToo)];
  if (parts.length === 0) return undefined;
  const key = parts
    .map((part) => idOf(part, context))
    .toSorted((a, b) => a - b)
    .join();
  const known = context.shapes.get(key);
  if (known) return known;
  if (context.shapes.size === MAX_SHAPES) throw new NotFollowed();
  const shape: Making = { members: new Map(), isOpen: false, items: undefined, others: undefined };
  context.shapes.set(key, shape);
  const declared = membersOf(parts);
  for (const [name, of] of declared) shape.members.set(name, shapeFrom(of, context) ?? null);
  shape.items = shapeFrom(parts.flatMap(itemsOf), context);
  shape.others = shapeFrom(parts.flatMap(othersOf), context);
  const isClosed = [...together(schemas, context, alwaysOnly)].some((part) =>
    UNNAMED.some((key) => part[key] === false),
  );
  shape.isOpen = declared.size > 0 && !isClosed && !parts.some(isMap);
  return shape;
}

function membersOf(parts: readonly Schema[]): Map<string, Schema[]> {
  const declared = new Map<string, Schema[]>();
  for (const { properties } of parts) {
    if (!isSchema(properties)) continue;
    for (const [name, of] of Object.entries(properties))
      declared.set(name, [...(declared.get(name) ?? []), ...schemasIn([of])]);
  }
  return declared;
}

/** All that hold for the value that `schemas` hold for, by reference and composition. */
function together(schemas: readonly Schema[], context: Context, also: (schema: Schema) => Schema[]): Set<Schema> {
  const { root } = context;
  const found = new Set<Schema>();
  const rest = [...schemas];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (found.has(next)) continue;
    if (++context.looks > MAX_LOOKS) throw new NotFollowed();
    found.add(next);
    if ((next !== root && "$id" in next) || "$dynamicRef" in next) throw new NotFollowed();
    if (typeof next["$ref"] === "string") rest.push(referred(root, next["$ref"]));
    rest.push(...also(next));
  }
  return found;
}

const alwaysOnly = (schema: Schema): Schema[] => ALWAYS.flatMap((keyword) => schemasIn(schema[keyword]));

const casesToo = (schema: Schema): Schema[] => [
  ...alwaysOnly(schema),
  ...IN_CASES.flatMap((keyword) => schemasIn(schema[keyword])),
  ...schemasIn(IN_ONE_CASE.map((keyword) => schema[keyword])),
  ...valuesOf(schema["dependentSchemas"]),
];

function referred(root: Schema, reference: string): Schema {
  if (reference !== "#" && !reference.startsWith("#/")) throw new NotFollowed();
  let at: unknown = root;
  for (const part of decodeURIComponent(reference).split("/").slice(1)) {
    const name = unescaped(part);
    at = typeof at === "object" && at !== null ? (at as Record<string, unknown>)[name] : undefined;
  }
  return isSchema(at) ? at : {};
}

const itemsOf = ({ items, prefixItems, contains }: Schema): Schema[] => [
  ...schemasIn([items, contains]),
  ...schemasIn(prefixItems),
];

const othersOf = (schema: Schema): Schema[] => [
  ...schemasIn(UNNAMED.map((keyword) => schema[keyword])),
  ...valuesOf(schema["patternProperties"]),
];

/** Whether any name is expected: something is said of members without a name. */
const isMap = (schema: Schema): boolean =>
  othersOf(schema).some((other) => Object.keys(other).length > 0) || valuesOf(schema["patternProperties"]).length > 0;

const schemasIn = (value: unknown): Schema[] => (Array.isArray(value) ? value.filter(isSchema) : []);
const valuesOf = (value: unknown): Schema[] => (isSchema(value) ? schemasIn(Object.values(value)) : []);

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function idOf(schema: Schema, { ids }: Context): number {
  const id = ids.get(schema) ?? ids.size;
  ids.set(schema, id);
  return id;
}

/** Without what leads to nothing open: most of a payload is not looked at, then. */
function prune(root: Making, all: readonly Making[]): Making | undefined {
  const leads = new Set(all.filter(({ isOpen }) => isOpen));
  for (let before = -1; before !== leads.size;) {
    before = leads.size;
    for (const shape of all) if (childrenOf(shape).some((child) => leads.has(child))) leads.add(shape);
  }
  const leading = (child: Making | null | undefined) => (child && leads.has(child) ? child : undefined);
  for (const shape of all) {
    for (const [name, child] of shape.members) shape.members.set(name, leading(child) ?? null);
    shape.items = leading(shape.items);
    shape.others = leading(shape.others);
  }
  return leading(root);
}

const childrenOf = ({ members, items, others }: Making): Making[] =>
  [...members.values(), items, others].filter((child) => child !== null && child !== undefined);
