import type { KubeClient } from "../../../hack/cluster/client.ts";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
export const OURS = { apiGroups: ["fascia.dev"] };
/** All that takes no verb of ours. */
export const WRITE = { ...OURS, resources: ["*"], verbs: ["get", "list", "create", "update", "patch", "delete"] };
export const stewardOf = (domain: string) => ({
  ...OURS,
  resources: ["datadomains"],
  resourceNames: [domain],
  verbs: ["steward"],
});

/** Makes a role for `users`, in `inside` or everywhere. */
export async function bind(
  admin: KubeClient,
  name: string,
  rules: object[],
  users: string[],
  inside?: string,
): Promise<void> {
  const kind = inside === undefined ? "ClusterRole" : "Role";
  const base = inside === undefined ? RBAC : `${RBAC}/namespaces/${inside}`;
  const plural = kind.toLowerCase();
  const apiGroup = "rbac.authorization.k8s.io";
  const subjects = users.map((user) => ({ kind: "User", apiGroup, name: user }));
  const roleRef = { apiGroup, kind, name };
  for (const [path, body] of [
    [`${plural}s`, { rules }],
    [`${plural}bindings`, { subjects, roleRef }],
  ] as const) {
    const { status } = await admin.request("POST", `${base}/${path}`, { body: { metadata: { name }, ...body } });
    if (status !== 201) throw new Error(`${name} was refused: ${status}`);
  }
}
