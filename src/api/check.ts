import { z } from "zod";
import { type KindInfo, brokenRules } from "./meta.ts";

/** Keys and indices from the root of a document, e.g. ["spec", "emits", 0, "contract"]. */
export type Path = readonly (string | number)[];

/** What is wrong with a resource, and where in it. Never quotes a value. */
export interface Fault {
  path: Path;
  reason: string;
}

/**
 * `value` as a resource of `kind` with its defaults, or everything that is wrong with it: the same that the API server
 * would say of it.
 */
export function checkResource<R>(kind: KindInfo<R>, value: unknown): { resource: R } | { faults: Fault[] } {
  const parsed = kind.resource.safeParse(value);
  if (!parsed.success) return { faults: faultsOf(parsed.error, value) };
  const broken = brokenRules(kind, parsed.data);
  if (broken.length === 0) return { resource: parsed.data };
  return { faults: broken.map(({ fieldPath, message }) => ({ path: parsePath(fieldPath), reason: message })) };
}

/** `value` is what was parsed; it tells a missing field from a wrong one. */
export function faultsOf(error: z.ZodError, value: unknown): Fault[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path as Path;
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => ({ path: [...path, key], reason: "unknown field" }));
    if (issue.code === "invalid_type" && valueAt(value, path) === undefined)
      return [{ path, reason: `required, but missing (${issue.expected})` }];
    const inner = issue.code === "invalid_key" ? issue.issues[0] : undefined;
    return [{ path, reason: inner?.message ?? issue.message }];
  });
}

/** As people write it: `spec.event.to[1].adapter`. */
export const formatPath = (path: Path): string =>
  path.map((step, index) => (typeof step === "number" ? `[${step}]` : index === 0 ? step : `.${step}`)).join("");

/** The reverse of `formatPath`, for paths whose keys hold no dots; `.spec.emits` is read too. */
export const parsePath = (text: string): Path =>
  [...text.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map((match) => (match[1] === undefined ? match[0] : Number(match[1])));

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, step) =>
      typeof inner === "object" && inner !== null ? (inner as Record<string | number, unknown>)[step] : undefined,
    value,
  );
}
