/** A resource with one thing wrong. */
export interface Wrong {
  title: string;
  resource: Manifest;
  /** Part of the API server's message; for rules of our own it is the rule's whole message. */
  says: string;
}

/** A resource that is right, close to a wrong one. */
export interface Right {
  title: string;
  resource: Manifest;
}

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: Record<string, unknown>;
}

export const API_VERSION = "fascia.dev/v1alpha1";
