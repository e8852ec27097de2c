import { KubeConfig } from "@kubernetes/client-node";
import { FasciaError, safeReason } from "../../base/errors.ts";

/** What the package makes up where it finds nothing; nobody means it. */
const MADE_UP = "http://localhost:8080";

/**
 * The kubeconfig that KUBECONFIG names, or ~/.kube/config, or the pod's service account, with `context` instead of its
 * current one where given. Throws FasciaError `KubeConfigInvalid`.
 */
export function loadKubeConfig(context?: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromDefault();
  } catch (cause) {
    const message = `the kubeconfig cannot be read: ${safeReason(cause)}; KUBECONFIG names it, default ~/.kube/config`;
    throw new FasciaError("KubeConfigInvalid", message, { cause });
  }
  if (context !== undefined) config.setCurrentContext(context);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw invalid(`the kubeconfig has no context ${config.getCurrentContext()}`);
  if (cluster.server === MADE_UP)
    throw invalid("there is neither a kubeconfig nor a pod's service account: set KUBECONFIG");
  return config;
}

function invalid(message: string): FasciaError {
  return new FasciaError("KubeConfigInvalid", message);
}
