import { FasciaError, safeReason } from "../../base/errors.ts";
import { GROUP } from "../../api/meta.ts";
import type { Right } from "../../policy/authority/rights.ts";
import type { Change } from "../../policy/rule.ts";
import type { KubeClient } from "../kube/client.ts";
import type { KubeObject, ResourceType } from "../kube/resource.ts";

/** Whether a user has a right. Rejects with FasciaError `AccessUnknown` where the API server does not tell. */
export type AccessCheck = (user: NonNullable<Change["user"]>, right: Right) => Promise<boolean>;

const REVIEWS: ResourceType = {
  group: "authorization.k8s.io",
  version: "v1",
  kind: "SubjectAccessReview",
  plural: "subjectaccessreviews",
  scope: "Cluster",
};

/** Well within what the API server waits for our answer. */
const PATIENCE_MS = 2000;

interface Review extends KubeObject {
  status?: { allowed?: boolean };
}

/** Asks the API server by a SubjectAccessReview, so that whatever authorizes there decides here, too. */
export const accessReview =
  (client: Pick<KubeClient, "create">): AccessCheck =>
  async ({ name, groups, uid = "", extra = {} }, { verb, resource, namespace, name: object }) => {
    const resourceAttributes = {
      group: GROUP,
      verb,
      resource,
      name: object,
      ...(namespace !== undefined && { namespace }),
    };
    const review = { metadata: {}, spec: { user: name, uid, groups, extra, resourceAttributes } };
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const { status } = await client.create<Review>(REVIEWS, review as unknown as Review, { signal, retry: false });
      return status?.allowed === true;
    } catch (cause) {
      const message = `whether the user may ${verb} ${resource} can't be told now (${safeReason(cause)}); try again`;
      throw new FasciaError("AccessUnknown", message, { cause });
    }
  };
