import { KubeConfig } from "@kubernetes/client-node";
import { FasciaError, safeReason } from "../../base/errors.ts";

/** What the package makes up where it finds nothing; nobody means it. */
const MADE_UP = "http://localhost:8080";

/**
 * The kubeconfig `file`; without it the one that KUBECONFIG names, or ~/.kube/config, or the pod's service account. With
 * `context` instead of its current one where given. Throws FasciaError `KubeConfigInvalid`.
 */
export function loadKubeConfig(context?: string, file?: string): KubeConfig {
  const config = new KubeConfig();
  try {
    if (file === undefined) config.loadFromDefault();
    else config.loadFromFile(file);
  } catch (cause) {
    const which = file === undefined ? "; KUBECONFIG names it, default ~/.kube/config" : "";
    const message = `the kubeconfig cannot be read: ${safeReason(cause)}${which}`;
    throw new FasciaError("KubeConfigInvalid", message, { cause });
  }
  if (context !== undefined) config.setCurrentContext(context);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw invalid(whyNoCluster(config));
  if (cluster.server === MADE_UP)
    throw invalid("there is neither a kubeconfig nor a pod's service account: set KUBECONFIG");
  return config;
}

function whyNoCluster(config: KubeConfig): string {
  const names = (config.getContexts() ?? []).map(({ name }) => name);
  const there = names.length === 0 ? "it has none" : `it has ${names.join(", ")}`;
  // The package's type promises a name, and the file need not have one.
  const current = config.getCurrentContext() as string | undefined;
  if (!current) return `the kubeconfig has no current context: name one with --context; ${there}`;
  if (!names.includes(current)) return `the kubeconfig has no context ${current}; ${there}`;
  return `context ${current} of the kubeconfig names a cluster that is not in it`;
}

function invalid(message: string): FasciaError {
  return new FasciaError("KubeConfigInvalid", message);
}
