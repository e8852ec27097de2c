import { unescaped } from "../base/jsonpointer.ts";

/** One member on the way from a payload's root to a place in it, and what stands there; items of lists are no members. */
export interface Step {
  name: string;
  value: unknown;
}

/** A way may be as long as the payload wants where a schema refers to itself. */
const MAX_STEPS = 12;
/** Of declared names those that logs, status and metrics can show as they are. */
const SHOWN = /^[\w$@-]{1,64}$/;
const MAX_POSITION = 200;

/**
 * Path of structure to where `steps` lead: `patient.name`, in a FHIR Bundle by resource type, `Patient.name`. `*` stands
 * for each name that `declared` does not have: it may be the name or number of a person.
 */
export function positionOf(
  steps: readonly Step[],
  declared: ReadonlySet<string>,
  resources: readonly string[] = [],
): string {
  const [entry, resource, ...within] = steps;
  const type = entry?.name === "entry" && resource?.name === "resource" ? typeIn(resource.value, resources) : undefined;
  const names = (type === undefined ? steps : within).map(({ name }) =>
    declared.has(name) && SHOWN.test(name) ? name : "*",
  );
  const shown = names.length > MAX_STEPS ? [...names.slice(0, MAX_STEPS), "**"] : names;
  const path = [...(type === undefined ? [] : [type]), ...shown].join(".");
  return path === "" ? "$" : path.slice(0, MAX_POSITION);
}

const typeIn = (resource: unknown, resources: readonly string[]): string | undefined => {
  const type = (resource as { resourceType?: unknown } | undefined)?.resourceType;
  return resources.find((each) => each === type);
};

/** The members on the way that a JSON Pointer goes from `payload` on. */
export function stepsOf(pointer: string, payload: unknown): Step[] {
  const steps: Step[] = [];
  let at = payload;
  for (const part of pointer.split("/").slice(1)) {
    const name = unescaped(part);
    const isItem = Array.isArray(at);
    at = typeof at === "object" && at !== null ? (at as Record<string, unknown>)[name] : undefined;
    if (!isItem) steps.push({ name, value: at });
  }
  return steps;
}
