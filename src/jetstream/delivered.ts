import type { Msg } from "@nats-io/nats-core";
import { headerIn, headerText } from "./headertext.ts";
import type { Outbox } from "./outbox.ts";

/** A message as a consumer delivers it. */
export interface Delivered {
  subject: string;
  /** Sequence in the stream. */
  sequence: number;
  /** Sequence of the delivery itself: contiguous within a term. */
  consumerSequence: number;
  /** When the stream stored it, milliseconds since the epoch. */
  time: number;
  /** Messages of the consumer behind this one. */
  pending: number;
  data: Uint8Array;
  /** The header's value, empty where it is missing. */
  header(name: string): string;
  /** Done: never deliver it again. Fire and forget: a lost ack is answered by a redelivery. */
  ack(): void;
  /** Still at it: the ack wait starts anew. */
  working(): void;
}

const NOTHING = new Uint8Array();

/**
 * Reads the reply subject, `$JS.ACK.<domain>.<account hash>.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>[.<random>]`,
 * or the older form without domain and account (ADR-15 of NATS). Answers to it go through `outbox`.
 */
export function parseDelivered(msg: Msg, outbox: Outbox): Delivered {
  const { reply = "" } = msg;
  const tokens = reply.split(".");
  const at = tokens.length >= 11 ? 7 : 5;
  const headers = headerText(msg);
  return {
    subject: msg.subject,
    sequence: Number(tokens[at]),
    consumerSequence: Number(tokens[at + 1]),
    time: Math.floor(Number(tokens[at + 2]) / 1e6),
    pending: Number(tokens[at + 3]),
    data: msg.data,
    header: (name) => headerIn(headers, name),
    ack: () => outbox.send({ subject: reply, data: NOTHING }),
    working: () => outbox.send({ subject: reply, data: "+WPI" }),
  };
}
