import { GROUP } from "../api/meta.ts";
import { FasciaError } from "../base/errors.ts";
import { CONFIGURATIONS } from "./admission/webhooks.ts";
import type { KubeClient } from "./kube/client.ts";
import { ifFound } from "./kube/failure.ts";
import type { KubeObject } from "./kube/resource.ts";

/** Name of the ValidatingWebhookConfiguration: the same for every release, so that there is only one of them. */
export const MARKER = GROUP;
/** Its annotation that names the release it belongs to, `<namespace>/<name>`. It comes and goes with the release. */
export const RELEASE_ANNOTATION = `${GROUP}/release`;

/**
 * Throws FasciaError `GovernedAlready` where another release than `release` (`<namespace>/<name>`) governs the cluster:
 * ContractVersions are everybody's, and two operators would each undo what the other one writes of them.
 */
export async function checkGovernance(client: Pick<KubeClient, "get">, release: string): Promise<void> {
  const governing = await governingRelease(client);
  if (governing === undefined || governing === release) return;
  const [namespace, name] = governing.split("/");
  throw new FasciaError(
    "GovernedAlready",
    `release ${name} in namespace ${namespace} governs this cluster already, so that ${release} must not: uninstall either`,
  );
}

async function governingRelease(client: Pick<KubeClient, "get">): Promise<string | undefined> {
  const marker = await ifFound(client.get<KubeObject>(CONFIGURATIONS, { name: MARKER }));
  return marker?.metadata.annotations?.[RELEASE_ANNOTATION];
}
