import type { MllpSourceSpec } from "../../api/adapter-mllp.ts";
import type { AckCode } from "../../formats/hl7v2/ack.ts";

/** What the sender is to learn: the message is safe here, will never be taken, or should come again. */
export type Verdict = "Accept" | "Refuse" | "Retry";

export type AckRules = Pick<MllpSourceSpec, "acknowledgement" | "retryCode">;

/** What the sender wants to be told (HL7 table 0155), from its MSH-15 and MSH-16. */
export interface Wanted {
  acceptAck?: string | undefined;
  applicationAck?: string | undefined;
}

/**
 * The codes to answer with, in order: none, one or two (HL7 v2.5.1 chapter 2.9).
 *
 * Original mode: one of AA, AR, AE. Enhanced mode: a commit acknowledgment (CA, CE, CR) by MSH-15, and an application
 * acknowledgment by MSH-16. The application that answers is the hub, and it has accepted a message when it is stored:
 * AA then follows CA at once. Where a commit acknowledgment already says no, no application acknowledgment follows:
 * the message never got that far. A valued MSH-16 alone asks for what original mode gives (2.9.2 defines that as
 * MSH-15 NE with MSH-16 AL).
 *
 * A code outside of the table means "always": an answer too many is ignored, one too few makes the sender hang.
 */
export function ackCodes(rules: AckRules, wanted: Wanted, verdict: Verdict): AckCode[] {
  const asked = effective(rules, wanted);
  const codes: AckCode[] = [];
  if (wants(asked.accept, verdict)) codes.push(commitCode(rules, verdict));
  const goesOn = verdict === "Accept" || codes.length === 0;
  if (goesOn && wants(asked.application, verdict)) codes.push(applicationCode(verdict));
  return codes;
}

type Condition = "AL" | "NE" | "ER" | "SU";

function effective(rules: AckRules, wanted: Wanted): { accept: Condition; application: Condition } {
  const original = { accept: "NE", application: "AL" } as const;
  if (rules.acknowledgement === "Original") return original;
  const silent = !isValued(wanted.acceptAck) && !isValued(wanted.applicationAck);
  if (rules.acknowledgement === "Auto" && silent) return original;
  return {
    accept: condition(wanted.acceptAck, rules.acknowledgement === "Enhanced" ? "AL" : "NE"),
    application: condition(wanted.applicationAck, "NE"),
  };
}

/** Empty, and `""` (HL7's way to delete a value), both say nothing. */
function isValued(code: string | undefined): code is string {
  return code !== undefined && code !== "" && code !== '""';
}

function condition(code: string | undefined, unvalued: Condition): Condition {
  if (!isValued(code)) return unvalued;
  return code === "NE" || code === "ER" || code === "SU" ? code : "AL";
}

function wants(when: Condition, verdict: Verdict): boolean {
  if (when === "AL") return true;
  return when === (verdict === "Accept" ? "SU" : "ER");
}

/** The commit code that does not mean "again" to this sender means "never". */
function commitCode(rules: AckRules, verdict: Verdict): AckCode {
  if (verdict === "Accept") return "CA";
  if (verdict === "Retry") return rules.retryCode;
  return rules.retryCode === "CE" ? "CR" : "CE";
}

function applicationCode(verdict: Verdict): AckCode {
  return verdict === "Accept" ? "AA" : verdict === "Retry" ? "AE" : "AR";
}
