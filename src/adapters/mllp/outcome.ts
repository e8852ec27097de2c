import type { MllpTargetSpec } from "../../api/adapter-mllp.ts";
import type { Outcome } from "../adapter.ts";
import type { Answer } from "./client.ts";

/**
 * What an answer means for the delivery (HL7 table 0008). AR and CR are refusals for good; AE and CE are what the
 * adapter's `onError` says of this receiver. Of what the receiver writes only codes are told, never its text: that
 * may quote the message.
 */
export function outcomeOf(answer: Answer, onError: MllpTargetSpec["onError"]): Outcome {
  if (answer.kind === "Unsent") return { kind: "Transient", reason: answer.reason, down: false };
  if (answer.kind === "Unanswered") return { kind: "Ambiguous", reason: answer.reason, down: !answer.confused };
  const { code } = answer.ack;
  const reason = `the receiver answered ${code}${errorText(answer.ack.errorCode)}`;
  switch (code) {
    case "AA":
    case "CA":
      return { kind: "Delivered", detail: code };
    case "AE":
    case "CE":
      return onError === "Retry" ? { kind: "Transient", reason, down: false } : { kind: "Permanent", reason };
    case "AR":
    case "CR":
      return { kind: "Permanent", reason };
  }
}

/** Codes of HL7 table 0357 have three digits; anything else in their place may be free text. */
function errorText(code: string | undefined): string {
  return code !== undefined && /^\d{3}$/.test(code) ? ` with error ${code}` : "";
}
