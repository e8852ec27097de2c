import { stringify } from "yaml";

/** A kubeconfig with one user, known by a token, whose commands go to `namespace` unless they name another. */
export function kubeconfig({ url, ca }: { url: string; ca: string }, token: string, namespace = "default"): string {
  const named = { name: "fascia-dev" };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      { ...named, cluster: { server: url, "certificate-authority-data": Buffer.from(ca).toString("base64") } },
    ],
    users: [{ ...named, user: { token } }],
    contexts: [{ ...named, context: { cluster: named.name, user: named.name, namespace } }],
    "current-context": named.name,
  });
}
