import type { AuditRecord, AuditedResource } from "../../api/audit.ts";
import { auditOf } from "../../policy/audit/record.ts";
import type { Verdict } from "../../policy/rule.ts";
import { type AdmissionRequest, record } from "./review.ts";

/** What is to be recorded of a request that was judged at `now` (milliseconds since the epoch); undefined: nothing. */
export function auditedRequest(
  request: AdmissionRequest,
  verdicts: readonly Verdict[],
  now: number,
): AuditRecord | undefined {
  const { uid, operation, userInfo } = request;
  const user = { name: userInfo.username, groups: userInfo.groups };
  const resource = resourceOf(request);
  return auditOf({ by: "Admission", at: now, user, request: uid, operation, resource }, verdicts);
}

function resourceOf({ kind, namespace, name, object, oldObject }: AdmissionRequest): AuditedResource {
  const metadata = record(record(object ?? oldObject)["metadata"]);
  const { name: named, uid, generation } = metadata;
  const known = name === "" && typeof named === "string" ? named : name;
  return {
    kind: kind.kind,
    ...(namespace !== "" && { namespace }),
    name: known,
    ...(typeof uid === "string" && { uid }),
    ...(typeof generation === "number" && { generation }),
  };
}
