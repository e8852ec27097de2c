import { KINDS } from "../../api/kinds.ts";
import type { Clock } from "../../base/clock.ts";
import { FasciaError } from "../../base/errors.ts";
import type { Audit } from "../../jetstream/audit/trail.ts";
import { rightsAsked } from "../../policy/authority/asked.ts";
import { rightId } from "../../policy/authority/rights.ts";
import { evaluate } from "../../policy/evaluate.ts";
import { unlessExcepted } from "../../policy/exception/force.ts";
import type { Change, Verdict, World } from "../../policy/rule.ts";
import { RULES_AMONG } from "../../policy/rules.ts";
import type { AdmissionMetrics } from "../../telemetry/admissionmetrics.ts";
import type { AccessCheck } from "./access.ts";
import { triedWith } from "./alone.ts";
import type { Aside } from "./aside.ts";
import { auditedRequest } from "./audited.ts";
import { askedOf } from "./change.ts";
import { respond } from "./respond.ts";
import { type AdmissionRequest, type AdmissionResponse, formatReview, parseReview } from "./review.ts";

export interface JudgeDeps {
  /** All resources as they are known now; undefined until they are known. Called for each request: it must be quick. */
  world(): World | undefined;
  access: AccessCheck;
  aside: Pick<Aside, "judge">;
  clock: Pick<Clock, "now">;
  metrics: Pick<AdmissionMetrics, "verdicts">;
  audit: Audit;
}

/**
 * The AdmissionReview that answers the one in `body`. Rejects with FasciaError `ReviewInvalid` where there is nothing
 * to answer, `WorldUnknown`, `AdmissionBusy` or `AccessUnknown` where there is no telling now: the failurePolicy decides then.
 */
export async function judge(body: Buffer, deps: JudgeDeps): Promise<string> {
  return formatReview(await responseTo(parseReview(body), deps));
}

async function responseTo(request: AdmissionRequest, deps: JudgeDeps): Promise<AdmissionResponse> {
  const now = deps.clock.now();
  const asked = askedOf(request, now);
  const verdicts = "verdicts" in asked ? asked.verdicts : await verdictsOn(asked.change, deps);
  count(request, verdicts, deps);
  // Of a dry run nothing stays, as the webhook's configuration promises.
  if (!request.dryRun) deps.audit.record(auditedRequest(request, verdicts, now));
  return respond(request.uid, verdicts);
}

async function verdictsOn(change: Change, deps: JudgeDeps): Promise<Verdict[]> {
  const world = deps.world();
  if (world === undefined)
    throw new FasciaError("WorldUnknown", "the operator does not know all resources yet; try again");
  const known = await withRights(change, world, deps.access);
  const aside = await deps.aside.judge(change, triedWith(change, world));
  return [
    ...aside.map((verdict) => unlessExcepted(verdict, change.new, world.policyExceptions, change.now)),
    ...evaluate(known, world, RULES_AMONG),
  ];
}

/** `change` with which of the rights that rules ask about its author has. */
async function withRights(change: Change, world: World, access: AccessCheck): Promise<Change> {
  const { user } = change;
  const asked = user === undefined ? [] : rightsAsked(change, world);
  if (user === undefined || asked.length === 0) return change;
  const allowed = await Promise.all(asked.map((right) => access(user, right)));
  return { ...change, user: { ...user, rights: new Set(asked.filter((_, i) => allowed[i]).map(rightId)) } };
}

function count(request: AdmissionRequest, verdicts: Verdict[], { metrics }: JudgeDeps): void {
  // Whoever reaches the webhook may write anything here; each text would be a series for ever.
  const kind = KINDS.find((info) => info.kind === request.kind.kind)?.kind ?? "Unknown";
  for (const { rule, severity } of verdicts) metrics.verdicts.add({ rule, severity, kind });
}
