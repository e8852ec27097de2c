import { contentHash } from "../../base/hash.ts";
import { keyOf } from "../kube/resource.ts";
import type { WorkloadObject } from "../workload/object.ts";
import type { Made, MadeCaches } from "./made.ts";
import { wantedHash } from "./ours.ts";

/** On the ServiceAccount of an Adapter: hash of the Secrets that were applied before it. Nobody here may read them. */
export const SECRETS_ANNOTATION = "fascia.dev/secrets-hash";

/** All that is applied for an Adapter, in this order: Secrets, and what says which ones they are, later than they. */
export function withSecrets(secrets: readonly WorkloadObject[], objects: readonly WorkloadObject[]): WorkloadObject[] {
  const hash = contentHash(secrets);
  return [...secrets, ...objects.map((each) => (each.kind === "ServiceAccount" ? annotated(each, hash) : each))];
}

const annotated = (object: WorkloadObject, hash: string): WorkloadObject => ({
  ...object,
  metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [SECRETS_ANNOTATION]: hash } },
});

/**
 * Of `objects` those that an operator before this one has applied as they are wanted now, and nobody has changed since.
 * Secrets only with all the rest, which then tells that they were applied, and while the pods that mount them run: one that
 * is missing keeps pods from starting.
 */
export function foundAsWanted(
  objects: readonly WorkloadObject[],
  caches: MadeCaches,
): { object: WorkloadObject; made: Made | undefined }[] {
  const watched = objects.flatMap((object) =>
    object.kind === "Secret" ? [] : [{ object, made: made(object, caches) }],
  );
  const found = watched.filter(({ object, made }) => made?.ours === wantedHash(object));
  if (found.length < watched.length || !found.some(tellsOfSecrets) || !runs(objects, caches)) return found;
  const secrets = objects.filter(({ kind }) => kind === "Secret");
  return [...found, ...secrets.map((object) => ({ object, made: undefined }))];
}

function made({ kind, metadata }: WorkloadObject, caches: MadeCaches): Made | undefined {
  return kind === "Secret" ? undefined : caches[kind].get(keyOf(metadata));
}

const tellsOfSecrets = ({ object }: { object: WorkloadObject }): boolean =>
  object.metadata.annotations?.[SECRETS_ANNOTATION] !== undefined;

const runs = (objects: readonly WorkloadObject[], { Deployment }: MadeCaches): boolean =>
  objects.every(({ kind, metadata }) => {
    if (kind !== "Deployment") return true;
    const { spec, status } = Deployment.get(keyOf(metadata)) ?? {};
    return (status?.readyReplicas ?? 0) >= (spec?.replicas ?? 1);
  });
