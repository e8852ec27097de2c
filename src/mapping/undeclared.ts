import { type Step, positionOf } from "./position.ts";
import { declaredNames } from "./schemapath.ts";
import { type Shape, shapeOf } from "./shape.ts";

/** Positions of members that a schema does not declare, each once. */
export type FindUndeclared = (payload: unknown) => readonly string[];

/** A payload that invents members everywhere is told about in part. */
const MAX_FOUND = 64;
const NOTHING: readonly string[] = [];

/** Where a value stands: a chain of members up to the root. */
interface Place extends Step {
  up: Place | undefined;
}

/**
 * Compiles what finds, in payloads that satisfy `schema`, members that pass only because it is open. Undefined where
 * there can be none. `resources`: resource types of a FHIR contract.
 */
export function compileUndeclared(
  schema: Record<string, unknown>,
  resources: readonly string[] = [],
): FindUndeclared | undefined {
  const shape = shapeOf(schema);
  if (!shape) return undefined;
  const declared = declaredNames(schema);
  return (payload) => {
    let found: Set<string> | undefined;
    look(payload, shape, (place) => {
      found ??= new Set();
      if (found.size < MAX_FOUND) found.add(positionOf(stepsTo(place), declared, resources));
    });
    return found ? [...found] : NOTHING;
  };
}

/** Without recursion: a payload may nest as deep as it likes. */
function look(payload: unknown, root: Shape, tell: (place: Place) => void): void {
  const rest: { value: unknown; shape: Shape; at: Place | undefined }[] = [
    { value: payload, shape: root, at: undefined },
  ];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const { value, shape, at } = next;
    if (typeof value !== "object" || value === null) continue;
    if (Array.isArray(value)) {
      if (shape.items) for (const item of value) rest.push({ value: item, shape: shape.items, at });
      continue;
    }
    for (const name of Object.keys(value)) {
      const known = shape.members.get(name);
      if (known === undefined && shape.isOpen) tell({ name, value: undefined, up: at });
      const child = known === undefined ? shape.others : known;
      const within: unknown = child ? (value as Record<string, unknown>)[name] : undefined;
      if (child && typeof within === "object")
        rest.push({ value: within, shape: child, at: { name, value: within, up: at } });
    }
  }
}

function stepsTo(place: Place): Step[] {
  const steps: Step[] = [];
  for (let at: Place | undefined = place; at; at = at.up) steps.push(at);
  return steps.toReversed();
}
