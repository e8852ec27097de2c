import { isDeepStrictEqual } from "node:util";
import { KINDS } from "../../api/kinds.ts";
import { API_VERSION, GROUP, VERSION } from "../../api/meta.ts";
import type { Change, Verdict } from "../../policy/rule.ts";
import { invalid, readResource } from "./resource.ts";
import { type AdmissionRequest, record } from "./review.ts";

/** What a request asks of the rules: to judge a change, or nothing because it can be answered as it is. */
export type Asked = { change: Change } | { verdicts: Verdict[] };

const OPERATIONS: ReadonlySet<string> = new Set(["CREATE", "UPDATE", "DELETE"]);

/** The change that `request` is about, its objects read as resources. `now`: milliseconds since the epoch. */
export function askedOf(request: AdmissionRequest, now: number): Asked {
  const { kind, operation } = request;
  // Whoever sends us what is none of our business must not be held up by us.
  if (kind.group !== GROUP || request.subResource !== "" || !OPERATIONS.has(operation)) return { verdicts: [] };
  const info = KINDS.find((candidate) => candidate.kind === kind.kind);
  const change = { operation: operation as Change["operation"], dryRun: request.dryRun, now };
  const { username: name, ...rest } = request.userInfo;
  const user = { name, ...rest };
  if (operation === "DELETE")
    return { change: { ...change, user, old: info && readResource(info, request.oldObject).resource } };
  if (isOnlyGoing(request)) return { verdicts: [] };
  if (info === undefined || kind.version !== VERSION) return { verdicts: [unknownKind(kind)] };
  const { resource, verdicts } = readResource(info, request.object);
  if (resource === undefined) return { verdicts };
  return { change: { ...change, user, new: resource, old: readResource(info, request.oldObject).resource } };
}

/** A finalizer must come off whatever the rules say. Who is held by one is in effect, and edited like any other. */
function isOnlyGoing({ object, oldObject }: AdmissionRequest): boolean {
  const { metadata, spec } = record(object);
  return record(metadata)["deletionTimestamp"] !== undefined && isDeepStrictEqual(spec, record(oldObject)["spec"]);
}

function unknownKind({ group, version, kind }: AdmissionRequest["kind"]): Verdict {
  const message =
    `this operator judges ${KINDS.map((info) => info.kind).join(", ")} of ${API_VERSION}, not ${kind} of ` +
    `${group}/${version}: operator and CRDs must be of one version`;
  return invalid("kind", message);
}
