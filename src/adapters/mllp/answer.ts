import type { MllpSourceSpec } from "../../api/adapter-mllp.ts";
import type { Clock } from "../../base/clock.ts";
import { buildAck } from "../../formats/hl7v2/ack.ts";
import type { Header } from "../../formats/hl7v2/header.ts";
import { type Verdict, ackCodes } from "./acknowledge.ts";
import { frame } from "./framer.ts";

/** Why a message was not taken, for people (MSA-3, ERR-8) and for programs (ERR-3, HL7 table 0357). Ours, never the sender's text. */
export interface AnswerNote {
  text: string;
  errorCode: string;
}

export interface Answerer {
  /** The acknowledgments to write, framed; empty where the sender wants none. */
  answer(header: Header, verdict: Verdict, note?: AnswerNote): Buffer;
}

export function createAnswerer(spec: MllpSourceSpec, clock: Clock): Answerer {
  const nextControlId = controlIds(clock);
  return {
    answer: (header, verdict, note) => {
      const acks = ackCodes(spec, header, verdict).map((code) => {
        const details = { code, ...note, now: new Date(clock.now()), controlId: nextControlId() };
        return frame(buildAck(header, details));
      });
      return acks.length === 1 ? (acks[0] as Buffer) : Buffer.concat(acks);
    },
  };
}

/** Control ids of our own, at most 20 characters (MSH-10 in v2.3 to v2.5): start of the process, its id, and a count. */
function controlIds(clock: Clock): () => string {
  const prefix = `${clock.now().toString(36)}${process.pid.toString(36)}`;
  let count = 0;
  return () => `${prefix}-${(++count).toString(36)}`;
}
