/** Headers of hub messages. None of them holds anything from a payload but as a keyed hash. */
export const HEADER = {
  messageId: "Fascia-Message-Id",
  correlationId: "Fascia-Correlation-Id",
  source: "Fascia-Source",
  contract: "Fascia-Contract",
  contractVersion: "Fascia-Contract-Version",
  event: "Fascia-Event",
  keys: "Fascia-Keys",
  idempotencyKey: "Fascia-Idempotency-Key",
  mappingRevision: "Fascia-Mapping-Revision",
  rawSeq: "Fascia-Raw-Seq",
  receivedAt: "Fascia-Received-At",
  dialect: "Fascia-Dialect",
  messageTime: "Fascia-Message-Time-Hash",
  payloadHash: "Fascia-Payload-Hash",
  principal: "Fascia-Principal",
  /** Of a parked or quarantined message: the hub message it is a copy of. */
  ref: "Fascia-Ref",
  /** Of a parked message that only holds the place of another: that one's sequence in the PARKED stream. */
  barrier: "Fascia-Barrier",
  /** Of a parked message: Integrations for which nothing was left to do when it was parked, and those it was sent for without an answer. */
  settled: "Fascia-Settled",
  open: "Fascia-Open",
  domain: "Fascia-Domain",
  integration: "Fascia-Integration",
  outcome: "Fascia-Outcome",
  reason: "Fascia-Reason",
  attempt: "Fascia-Attempt",
  /** Of a commit of delivery records: sequence of the oldest commit that must be read back when the worker is taken over. */
  neededFrom: "Fascia-Needed-From",
  /** Of a commit of delivery records: how many deliveries the target took, of this worker and its predecessors, ever. */
  delivered: "Fascia-Delivered",
  /** Of a reply: ids of those that the same worker published to the same bucket before it, the latest ones. */
  replies: "Fascia-Replies",
  traceparent: "traceparent",
} as const;

/** What the hub knows of a message beside its payload. */
export interface Meta {
  messageId: string;
  correlationId: string;
  /** `<namespace>/<name>` of the adapter it came from. */
  source: string;
  contract: string;
  version: string;
  event: string;
  /** Ordering keys, hashed; the first decides the bucket. */
  keys: string[];
  /** When the source took the original in, milliseconds since the epoch. */
  receivedAt: number;
  /** Keyed hash of the payload as it is on the hub. */
  payloadHash: string;
  revision: string;
  traceparent: string;
}

export function metaHeaders(meta: Meta): Record<string, string> {
  return {
    [HEADER.messageId]: meta.messageId,
    [HEADER.correlationId]: meta.correlationId,
    [HEADER.source]: meta.source,
    [HEADER.contract]: meta.contract,
    [HEADER.contractVersion]: meta.version,
    [HEADER.event]: meta.event,
    [HEADER.keys]: meta.keys.join(","),
    [HEADER.receivedAt]: String(meta.receivedAt),
    [HEADER.mappingRevision]: meta.revision,
    ...(meta.payloadHash !== "" && { [HEADER.payloadHash]: meta.payloadHash }),
    ...(meta.traceparent !== "" && { [HEADER.traceparent]: meta.traceparent }),
  };
}

export function readMeta(header: (name: string) => string): Meta {
  const keys = header(HEADER.keys);
  return {
    messageId: header(HEADER.messageId),
    correlationId: header(HEADER.correlationId),
    source: header(HEADER.source),
    contract: header(HEADER.contract),
    version: header(HEADER.contractVersion),
    event: header(HEADER.event),
    keys: keys === "" ? [] : keys.split(","),
    receivedAt: Number(header(HEADER.receivedAt)),
    payloadHash: header(HEADER.payloadHash),
    revision: header(HEADER.mappingRevision),
    traceparent: header(HEADER.traceparent),
  };
}

/** The fields of a lineage record that follow from the message itself. */
export const lineageOf = (meta: Meta) => ({
  messageId: meta.messageId,
  correlationId: meta.correlationId,
  source: meta.source,
  contract: meta.contract,
  version: meta.version,
  event: meta.event,
  ...(meta.payloadHash !== "" && { payloadHash: meta.payloadHash }),
});

/** Headers of an original in RAW: what a copy of it must have to be normalised again. */
export const ORIGINAL_HEADERS = [
  HEADER.messageId,
  HEADER.source,
  HEADER.dialect,
  HEADER.event,
  HEADER.payloadHash,
  HEADER.messageTime,
  HEADER.receivedAt,
  HEADER.principal,
  HEADER.traceparent,
];

/** Headers of a hub message: what a copy of it must have to be delivered; a copy for one Integration says which. */
export const MESSAGE_HEADERS = [
  HEADER.messageId,
  HEADER.correlationId,
  HEADER.source,
  HEADER.contract,
  HEADER.contractVersion,
  HEADER.event,
  HEADER.keys,
  HEADER.receivedAt,
  HEADER.payloadHash,
  HEADER.mappingRevision,
  HEADER.traceparent,
  HEADER.integration,
];

/** Those of `names` that the message has. */
export function copyHeaders(message: { header(name: string): string }, names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, message.header(name)]).filter(([, value]) => value !== ""));
}

/** Header values are one line of ASCII: what `text` may say in one, at most `length` characters of it. */
export const asciiLine = (text: string, length: number): string =>
  text.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, length);
