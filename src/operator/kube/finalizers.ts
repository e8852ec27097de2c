import { GROUP } from "../../api/meta.ts";
import { FIELD_MANAGER, type KubeClient } from "./client.ts";
import type { KubeObject, ResourceType } from "./resource.ts";

/** Keeps an Adapter that is being deleted until it has delivered what waits. */
export const DRAIN = `${GROUP}/drain`;
/** Keeps a ContractVersion or DataDomain that is being deleted until nothing uses it. */
export const IN_USE = `${GROUP}/in-use`;

/** Owner of finalizers, and of nothing else: to put one on takes nothing away that is ours otherwise. */
const OF_FINALIZERS = `${FIELD_MANAGER}-finalizers`;

export const isDeleting = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp !== undefined;

/** Whether it is there, or kept there by this finalizer. */
export const isHeld = (object: KubeObject, finalizer: string): boolean =>
  !isDeleting(object) || hasFinalizer(object, finalizer);

export const hasFinalizer = ({ metadata }: KubeObject, finalizer: string): boolean =>
  metadata.finalizers?.includes(finalizer) === true;

/** Puts the finalizer on, beside those of others. Of the resource nothing else is written. */
export async function putFinalizer(
  client: Pick<KubeClient, "apply">,
  type: ResourceType,
  { metadata }: KubeObject,
  finalizer: string,
): Promise<void> {
  const { name, namespace, uid } = metadata;
  // With its uid: what is gone meanwhile is not made anew.
  const object = { metadata: { name, namespace, uid, finalizers: [finalizer] } } as KubeObject;
  await client.apply(type, object, { fieldManager: OF_FINALIZERS });
}

/** Takes the finalizer off, whoever put it on. Rejects with a conflict when the resource changed since it was read. */
export async function liftFinalizer(
  client: Pick<KubeClient, "merge">,
  type: ResourceType,
  { metadata }: KubeObject,
  finalizer: string,
): Promise<void> {
  const { name, namespace, resourceVersion, finalizers = [] } = metadata;
  const left = finalizers.filter((each) => each !== finalizer);
  await client.merge(type, { name, namespace }, { metadata: { resourceVersion, finalizers: left } });
}
