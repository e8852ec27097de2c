import type { Resource } from "../../src/policy/rule.ts";

/** An AdmissionReview as the API server sends it, about `object` (and `oldObject`), with `request` over it. */
export function aReview(
  object: Resource | null,
  request: Record<string, unknown> = {},
  oldObject: Resource | null = null,
) {
  const { kind = "Adapter" } = object ?? oldObject ?? {};
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid: "4fd9c7ab-a6b3-4c4d-8a4f-1f0e3a8a0a11",
      kind: { group: "fascia.dev", version: "v1alpha1", kind },
      operation: oldObject === null ? "CREATE" : object === null ? "DELETE" : "UPDATE",
      userInfo: { username: "gitops", groups: ["teams"] },
      dryRun: false,
      object,
      oldObject,
      ...request,
    },
  };
}

export const UID = "4fd9c7ab-a6b3-4c4d-8a4f-1f0e3a8a0a11";

export interface Answered {
  kind: string;
  apiVersion: string;
  response: { uid: string; allowed: boolean; warnings?: string[]; status?: { code: number; message: string } };
}
