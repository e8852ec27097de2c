import { setTimeout as sleep } from "node:timers/promises";
import { kubectl } from "./tools.ts";

const WITHIN_MS = 60_000;

/** What a pod runs instead of, or in addition to, what the image says. */
export interface Run {
  args?: string[];
  command?: string[];
  workingDir?: string;
  env?: object[];
}

/** A pod of Fascia's image that meets the Pod Security Standard "restricted" and writes nowhere. */
export function podOf(name: string, { env = [], ...run }: Run, namespace = "default"): object {
  const container = {
    name: "main",
    image: "localhost/fascia:dev",
    imagePullPolicy: "Never",
    env: [{ name: "NODE_EXTRA_CA_CERTS", value: "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt" }, ...env],
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
    metadata: { name, namespace },
    spec: {
      restartPolicy: "Never",
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      containers: [container],
    },
  };
}

export async function untilPod(name: string, phase: string, namespace = "default"): Promise<void> {
  const until = performance.now() + WITHIN_MS;
  const where = `--namespace=${namespace}`;
  for (;;) {
    const found = await kubectl("get", undefined, "pod", name, where, "--output=jsonpath={.status.phase}");
    if (found === phase) return;
    if (found === "Failed" || performance.now() > until) {
      throw new Error(`pod ${name} is ${found}, not ${phase}: ${await kubectl("logs", undefined, name, where)}`);
    }
    await sleep(200);
  }
}
