import { contentHash } from "../../base/hash.ts";
import { selectorLabels } from "./names.ts";
import { type ServedAdapter, type WorkloadObject, owned } from "./object.ts";
import { podTemplate } from "./pod.ts";
import type { WorkloadSettings } from "./settings.ts";

/** Hash of the pod template, on the Deployment: pods are replaced when it changes, and only then. */
export const TEMPLATE_HASH = "fascia.dev/template-hash";

export function deploymentOf(adapter: ServedAdapter, settings: WorkloadSettings): WorkloadObject {
  const template = podTemplate(adapter, settings);
  return owned(adapter, "Deployment", {
    annotations: { [TEMPLATE_HASH]: contentHash(template) },
    spec: {
      replicas: adapter.spec.replicas,
      revisionHistoryLimit: 2,
      selector: { matchLabels: selectorLabels(adapter.metadata.name) },
      strategy: strategyOf(adapter),
      template,
    },
  });
}

/**
 * A new pod is ready before an old one goes, and waits for its turn at the pinned consumers meanwhile. Files are nobody's
 * turn: two processes must never have them at once, and most volumes can't be at two nodes.
 */
const strategyOf = ({ spec }: ServedAdapter): object =>
  spec.file === undefined
    ? { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
    : { type: "Recreate" };
