/**
 * `Fascia-Raw-Seq`: which part of which original message a hub message is, `<RAW creation time>.<sequence>.<i>/<n>`
 * with the creation time in milliseconds and parts counted from 1. Ordered within one RAW stream, so that the last
 * one of a bucket tells how far its normaliser came.
 */
export interface RawSeq {
  created: number;
  sequence: number;
  part: number;
  parts: number;
}

export const formatRawSeq = (r: RawSeq): string => `${r.created}.${r.sequence}.${r.part}/${r.parts}`;

export function parseRawSeq(text: string): RawSeq | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(text);
  if (!match) return undefined;
  const [created, sequence, part, parts] = match.slice(1).map(Number) as [number, number, number, number];
  return { created, sequence, part, parts };
}

/** Whether `a` comes after `b`; a message of another RAW stream is never after. */
export function isAfter(a: RawSeq, b: RawSeq): boolean {
  return a.created === b.created && (a.sequence > b.sequence || (a.sequence === b.sequence && a.part > b.part));
}
