import { type Answer, type Request, serveHttp } from "./http.ts";
import type { Received, StandIn, StandInOptions } from "./standin.ts";

export interface EligibilityRecord extends Received {
  /** Header Idempotency-Key. */
  key: string;
  /** The key was there before, and the service knows such. */
  repeated: boolean;
  request: Record<string, unknown>;
}

export interface EligibilityOptions extends StandInOptions<EligibilityRecord> {
  /** Whether a repeated Idempotency-Key gets the first answer again and is not processed twice. */
  idempotent?: boolean;
}

const BASE = "/eligibility";

/** A payer's service: asked with JSON whether a member is covered, it answers at once, and always the same. */
export async function createEligibility(options: EligibilityOptions): Promise<StandIn<EligibilityRecord>> {
  const answers = new Map<string, Answer>();

  function handle({ method, path, headers, body }: Request, taken: boolean) {
    if (method !== "POST" || path !== BASE)
      return { answer: { status: 404, body: { error: "POST to here" } }, records: [] };
    const key = headers["idempotency-key"] ?? "";
    const request = (body ?? {}) as Record<string, unknown>;
    const known = options.idempotent === true && key !== "" ? answers.get(key) : undefined;
    const answer = known ?? decide(request);
    if (taken) answers.set(key, answer);
    const record = { at: Date.now(), taken: taken && known === undefined, key, repeated: known !== undefined, request };
    return { answer, records: [record] };
  }

  return serveHttp(
    {
      name: "the eligibility service",
      type: "application/json",
      base: BASE,
      idOf: ({ headers }) => headers["idempotency-key"] ?? "",
      handle,
    },
    options,
  );
}

/** Covered is whose member id ends in an even digit. */
function decide(request: Record<string, unknown>): Answer {
  const { patient, visit, payer, memberId } = request;
  if (typeof patient !== "string") return { status: 400, body: { error: "whom is this about?" } };
  const eligible = typeof memberId === "string" && /[02468]$/.test(memberId);
  return { status: 200, body: { patient, visit, payer, memberId, eligible, validUntil: "2027-12-31" } };
}
