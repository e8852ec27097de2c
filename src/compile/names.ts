/** Names of streams, consumers and subjects. All parts are RFC 1123 labels, so `_` and `.` separate unambiguously. */

/** Hash buckets of ordering keys: a token of hub subjects, fixed for ever. */
export const BUCKETS = 64;

/** Event token of messages that are a target's reply. */
export const REPLY_EVENT = "reply";
/**
 * Bucket token of a reply: another one than that of originals, so that replies stand outside the normaliser's fence, and
 * each worker's outside of every other one's. `writer`: `deliveryWriter()`.
 */
export const replyBucket = (bucket: string, writer: string): string => `r${bucket}-${writer}`;

export interface AdapterName {
  namespace: string;
  name: string;
}

/** Name of an adapter's connections to the hub, from which their inboxes have theirs. */
export const connectionName = (a: AdapterName): string => `fascia_${a.namespace}_${a.name}`;

/** How a message of lineage, header and configuration names an adapter: `<namespace>/<name>`. */
export const adapterRef = (a: AdapterName): string => `${a.namespace}/${a.name}`;

export const rawStream = (a: AdapterName): string => `RAW_${a.namespace}_${a.name}`;
export const rawSubject = (a: AdapterName): string => `raw.${a.namespace}.${a.name}`;
export const NORMALISER = "normalise";

export const hubStream = (domain: string): string => `HUB_${domain}`;

export interface HubSubject {
  domain: string;
  contract: string;
  major: number;
  namespace: string;
  adapter: string;
  event: string;
  bucket: string;
}

export const hubSubject = (s: HubSubject): string =>
  `hub.${s.domain}.${s.contract}.${s.major}.${s.namespace}.${s.adapter}.${s.event}.${s.bucket}`;

/** Inverse of `hubSubject`; undefined for a subject of another shape. */
export function parseHubSubject(subject: string): HubSubject | undefined {
  const [hub, domain, contract, major, namespace, adapter, event, bucket, more] = subject.split(".");
  if (hub !== "hub" || bucket === undefined || more !== undefined) return undefined;
  return {
    domain: domain as string,
    contract: contract as string,
    major: Number(major),
    namespace: namespace as string,
    adapter: adapter as string,
    event: event as string,
    bucket,
  };
}

/** Everything that one adapter's normaliser may have published to one bucket of a domain. */
export const fenceSubject = (domain: string, a: AdapterName, bucket: string): string =>
  `hub.${domain}.*.*.${a.namespace}.${a.name}.*.${bucket}`;

/** Every reply that one worker may have published to a bucket of a domain, whatever its contract. */
export const repliesSubject = (domain: string, a: AdapterName, bucket: string, writer: string): string =>
  `hub.${domain}.*.*.${a.namespace}.${a.name}.${REPLY_EVENT}.${replyBucket(bucket, writer)}`;

/** A worker's messages to itself, which get it a pin where nothing else would. Fewer tokens than a message has: they never meet. */
export const wakeSubject = (domain: string, a: AdapterName, worker: number): string =>
  `hub.${domain}.wake.${a.namespace}.${a.name}.w${worker}`;

/** A target's durable consumer of one hub stream. `worker` counts from 0. */
export const deliveryConsumer = (a: AdapterName, worker: number): string => `${a.namespace}_${a.name}_w${worker}`;

export const parkedStream = (a: AdapterName): string => `PARKED_${a.namespace}_${a.name}`;
/** Before the subject of a parked message: where the server says that it has stored it. */
export const STORED_PREFIX = "stored";
/** What one worker of a target has parked; domains are independent of each other. */
export const parkedPrefix = (a: AdapterName, domain: string): string => `parked.${a.namespace}.${a.name}.${domain}`;
/** `key` is the keyed hash; its dot would be a token boundary. */
export const parkedSubject = (a: AdapterName, domain: string, bucket: string, key: string): string =>
  `${parkedPrefix(a, domain)}.${bucket}.${key.replace(".", "~")}`;
export const keyOfParkedSubject = (subject: string): string =>
  subject.slice(subject.lastIndexOf(".") + 1).replace("~", ".");

export const quarantineStream = (namespace: string): string => `QUARANTINE_${namespace}`;
export const quarantineSubject = (a: AdapterName, stage: "normalise" | "deliver"): string =>
  `quarantine.${a.namespace}.${a.name}.${stage}`;

export const lineageStream = (namespace: string): string => `LINEAGE_${namespace}`;
/** `writer`: `deliveryWriter()` of a worker, or `normalise`, each with one sole writer; `ingest`, `replay`, `report` or `drift`, with any. */
export const lineageSubject = (a: AdapterName, writer: string): string => `lineage.${a.namespace}.${a.name}.${writer}`;
export const deliveryWriter = (domain: string, worker: number): string => `${domain}_w${worker}`;

/**
 * Where denials and uses of exceptions are recorded, of all namespaces; none has a name in capitals. A stream of its own:
 * adapters may read the lineage of their namespace, and are not to read who was denied what.
 */
export const AUDIT_STREAM = "LINEAGE_AUDIT";
export const AUDIT_SUBJECTS = "audit.>";
/** `key`: `request`, or what makes a record that is written once unique. What is in no namespace has `_` there. */
export const auditSubject = (namespace: string | undefined, kind: string, key: string): string =>
  `audit.${[namespace ?? "_", kind, key].map(token).join(".")}`;
const token = (text: string): string => (/^[A-Za-z0-9_-]{1,63}$/.test(text) ? text : "_");

export const CONFIG_BUCKET = "fascia_config";
/** Key of what says where an adapter's configuration is. */
export const currentKey = (a: AdapterName): string => `${a.namespace}.${a.name}.current`;
export const partKey = (a: AdapterName, revision: string, part: number): string =>
  `${a.namespace}.${a.name}.part.${revision}.${part}`;
/** What the control plane remembers, in the same bucket: no namespace begins with an underscore, so no adapter may read it. */
const STANDING = "_standing";
export const STANDING_KEYS = `${STANDING}.>`;
/** `name` and `revision`: hashes. */
export const standingKey = (name: string, revision: string, part: number, parts: number): string =>
  `${STANDING}.${name}.${revision}.${part}.${parts}`;
export const STATE_BUCKET = "fascia_state";

/** The adapter in the name of a stream of its own, e.g. `RAW_clinic_ehr`: no part of it has an underscore. */
export function adapterOfStream(stream: string): AdapterName | undefined {
  const [, namespace, name, more] = stream.split("_");
  return namespace !== undefined && name !== undefined && more === undefined ? { namespace, name } : undefined;
}

/** Inverse of `deliveryConsumer`, without the worker; undefined for a consumer of another kind. */
export function adapterOfConsumer(consumer: string): AdapterName | undefined {
  const [namespace, name, worker, more] = consumer.split("_");
  const isWorker = more === undefined && /^w\d+$/.test(worker ?? "");
  return isWorker && namespace !== undefined && name !== undefined ? { namespace, name } : undefined;
}

/** How metrics, errors and what was changed in the hub name a consumer, whose own name is unique in its stream only. */
export const consumerRef = (stream: string, consumer: string): string => `${stream}/${consumer}`;

/** Inverse of `consumerRef`; no consumer where the name is that of a stream. */
export function parseHubRef(ref: string): { stream: string; consumer: string | undefined } {
  const [stream = "", consumer] = ref.split("/", 2);
  return { stream, consumer };
}

/** The adapter that a stream or consumer (`consumerRef`) is there for; undefined where it is there for several. */
export function adapterServedBy(ref: string): AdapterName | undefined {
  const { stream, consumer } = parseHubRef(ref);
  return adapterOfStream(stream) ?? (consumer === undefined ? undefined : adapterOfConsumer(consumer));
}

/** The adapter that wrote on a subject such as `quarantine.<namespace>.<name>.…` or `lineage.<namespace>.<name>.…`. */
export function adapterOfSubject(subject: string): AdapterName | undefined {
  const [, namespace, name] = subject.split(".");
  return namespace !== undefined && name !== undefined ? { namespace, name } : undefined;
}

/** Writer of what an adapter tells of itself. */
export const REPORT = "report";
export const isReport = (subject: string): boolean => subject.endsWith(`.${REPORT}`);

/** Writer of how often an adapter's messages had what their contracts do not know. */
export const DRIFT = "drift";
export const isDrift = (subject: string): boolean => subject.endsWith(`.${DRIFT}`);

/** Whether a lineage subject is that of a worker's deliveries. */
export const isDeliveryWriter = (subject: string): boolean => /_w\d+$/.test(subject);
