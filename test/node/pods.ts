import { setTimeout as sleep } from "node:timers/promises";
import { kubectl } from "./tools.ts";

const WITHIN_MS = 60_000;

/** A pod of Fascia's image that meets the Pod Security Standard "restricted" and writes nowhere. */
export function podOf(name: string, run: { args?: string[]; command?: string[] }): object {
  const container = {
    name: "main",
    image: "localhost/fascia:dev",
    imagePullPolicy: "Never",
    env: [{ name: "NODE_EXTRA_CA_CERTS", value: "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt" }],
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: true,
    },
    ...run,
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: {
      restartPolicy: "Never",
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      containers: [container],
    },
  };
}

export async function untilPod(name: string, phase: string): Promise<void> {
  const until = performance.now() + WITHIN_MS;
  for (;;) {
    const found = await kubectl("get", undefined, "pod", name, "--output=jsonpath={.status.phase}");
    if (found === phase) return;
    if (performance.now() > until) throw new Error(`pod ${name} is ${found}, not ${phase}`);
    await sleep(200);
  }
}
