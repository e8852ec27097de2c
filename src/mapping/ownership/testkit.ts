import { keepOwned } from "../ownership.ts";
import { type Owners, ownershipPlan } from "./plan.ts";

/** A matrix as tests write it: `{ Patient: "ehr", "Patient.telecom": "portal" }`. */
export function owners(matrix: Record<string, string>): Owners[] {
  return Object.entries(matrix)
    .filter(([path]) => !path.includes("."))
    .map(([entity, primary]) => ({
      entity,
      primary,
      fields: Object.entries(matrix)
        .filter(([path]) => path.startsWith(`${entity}.`))
        .map(([path, owner]) => ({ path, primary: owner })),
    }));
}

export const bundle = (...entry: object[]) => ({ resourceType: "Bundle", type: "transaction", entry });

/** What of `payload` is `system`'s, and which paths of others were in it. */
export function kept(system: string, matrix: Record<string, string>, payload: unknown) {
  const { payload: left, isNothing, conflicts } = keepOwned(payload, ownershipPlan(owners(matrix), system));
  return { left, isNothing, paths: conflicts.flatMap(({ paths }) => paths) };
}
