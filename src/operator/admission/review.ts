import { FasciaError } from "../../base/errors.ts";

/** Who asks, as the API server's authenticators say. */
export interface UserInfo {
  username: string;
  /** Tells who it is from who had the name before; empty: nobody said. */
  uid: string;
  groups: string[];
  /** Whatever else authorizers may go by, such as scopes. */
  extra: Record<string, string[]>;
}

/** What the API server asks (`admission.k8s.io/v1` AdmissionReview), as far as anybody here reads it. */
export interface AdmissionRequest {
  uid: string;
  /** Group, version and kind that the objects have; with matchPolicy Equivalent not always those of the user's request. */
  kind: { group: string; version: string; kind: string };
  /** `status` and the like; empty for the resource itself. */
  subResource: string;
  operation: string;
  /** Empty of what is in no namespace. */
  namespace: string;
  /** As the request says it; that of what is about to be created stands in the object alone. */
  name: string;
  userInfo: UserInfo;
  dryRun: boolean;
  /** Null where there is none; of any shape otherwise. */
  object: unknown;
  oldObject: unknown;
}

export interface AdmissionResponse {
  uid: string;
  allowed: boolean;
  warnings?: string[];
  /** Why not; a metav1.Status. */
  status?: {
    status: "Failure";
    message: string;
    reason: string;
    code: number;
    details?: { causes: { reason: string; field: string; message: string }[] };
  };
}

/** Throws FasciaError `ReviewInvalid` for anything but an AdmissionReview with a request that can be answered. */
export function parseReview(body: Buffer): AdmissionRequest {
  const review = record(parseJson(body));
  if (review["kind"] !== "AdmissionReview" || review["apiVersion"] !== "admission.k8s.io/v1")
    throw invalid("the body is no AdmissionReview of admission.k8s.io/v1");
  const request = record(review["request"]);
  const uid = text(request["uid"]);
  if (uid === "") throw invalid("the request has no uid");
  const kind = record(request["kind"]);
  return {
    uid,
    kind: { group: text(kind["group"]), version: text(kind["version"]), kind: text(kind["kind"]) },
    subResource: text(request["subResource"]),
    operation: text(request["operation"]),
    namespace: text(request["namespace"]),
    name: text(request["name"]),
    userInfo: userOf(record(request["userInfo"])),
    dryRun: request["dryRun"] === true,
    object: request["object"] ?? null,
    oldObject: request["oldObject"] ?? null,
  };
}

const userOf = ({ username, uid, groups, extra }: Record<string, unknown>): UserInfo => ({
  username: text(username),
  uid: text(uid),
  groups: texts(groups),
  extra: Object.fromEntries(Object.entries(record(extra)).map(([key, values]) => [key, texts(values)])),
});

export function formatReview(response: AdmissionResponse): string {
  return JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response });
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (cause) {
    throw invalid("the body is no JSON", cause);
  }
}

const invalid = (message: string, cause?: unknown): FasciaError => new FasciaError("ReviewInvalid", message, { cause });

/** The members of an object; none of anything else. */
export const record = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
