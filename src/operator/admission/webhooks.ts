import { KINDS } from "../../api/kinds.ts";
import { GROUP, VERSION } from "../../api/meta.ts";
import type { ResourceType } from "../kube/resource.ts";

export const CONFIGURATIONS: ResourceType = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "ValidatingWebhookConfiguration",
  plural: "validatingwebhookconfigurations",
  scope: "Cluster",
};

export const VALIDATE_PATH = "/validate";

/** How the API server reaches us: by a Service of its cluster, or by an address. */
export type ClientConfig =
  | { service: { namespace: string; name: string; path: string; port?: number } }
  | { url: string };

/** Seconds that the API server waits; a request is answered or given up within. */
export const TIMEOUT_SECONDS = 5;

/**
 * The ValidatingWebhookConfiguration, for our own kinds only. Without an answer creating and updating are refused:
 * otherwise rules would hold only while the operator runs. Deleting never is: it is only asked about to warn, and only
 * for kinds whose deletion anybody is warned of, so that a namespace goes whatever becomes of us. What is denied, or let
 * pass by an exception, is recorded, but of a dry run nothing.
 */
export function webhookConfiguration(name: string, clientConfig: ClientConfig): object {
  const common = {
    admissionReviewVersions: ["v1"],
    clientConfig,
    matchPolicy: "Equivalent",
    sideEffects: "NoneOnDryRun",
    timeoutSeconds: TIMEOUT_SECONDS,
  };
  const rule = (operations: string[], resources: string[]) => ({
    apiGroups: [GROUP],
    apiVersions: [VERSION],
    operations,
    resources,
    scope: "*",
  });
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name },
    webhooks: [
      {
        name: `validate.${GROUP}`,
        rules: [
          rule(
            ["CREATE", "UPDATE"],
            KINDS.map(({ plural }) => plural),
          ),
        ],
        failurePolicy: "Fail",
        // A finalizer must come off without us; who is held by one is in effect, and edited like any other.
        matchConditions: [
          {
            name: "not-only-going",
            expression: "!has(object.metadata.deletionTimestamp) || object.spec != oldObject.spec",
          },
        ],
        ...common,
      },
      {
        name: `deletion.${GROUP}`,
        rules: [rule(["DELETE"], ["contractversions", "datadomains"])],
        failurePolicy: "Ignore",
        ...common,
      },
    ],
  };
}
