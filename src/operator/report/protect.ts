import type { KubeClient } from "../kube/client.ts";
import { IN_USE, hasFinalizer, isDeleting, liftFinalizer, putFinalizer } from "../kube/finalizers.ts";
import type { KubeObject, ResourceType } from "../kube/resource.ts";

/**
 * What has to be done `before` anything is said of a resource of `type` that stays, once it is deleted, until nobody uses
 * it. Resolves to false where it is about to be gone.
 */
export const keptWhileUsed =
  <T extends KubeObject>(client: KubeClient, type: ResourceType, isUsed: (object: T) => boolean) =>
  async (object: T): Promise<boolean> => {
    const isProtected = hasFinalizer(object, IN_USE);
    if (!isDeleting(object) && !isProtected) await putFinalizer(client, type, object, IN_USE);
    if (!isDeleting(object) || isUsed(object)) return true;
    if (isProtected) await liftFinalizer(client, type, object, IN_USE);
    return false;
  };
