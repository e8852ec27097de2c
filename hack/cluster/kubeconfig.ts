import { stringify } from "yaml";

/** A kubeconfig with one user, known by a token. */
export function kubeconfig({ url, ca }: { url: string; ca: string }, token: string): string {
  const named = { name: "fascia-dev" };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      { ...named, cluster: { server: url, "certificate-authority-data": Buffer.from(ca).toString("base64") } },
    ],
    users: [{ ...named, user: { token } }],
    contexts: [{ ...named, context: { cluster: named.name, user: named.name } }],
    "current-context": named.name,
  });
}
