import * as names from "./names.ts";

/** What a NATS user may publish and subscribe to; everything else is refused. */
export interface Permissions {
  publish: string[];
  subscribe: string[];
}

/** What an adapter's permissions follow from: never from its routes, so that a new route needs no new credentials. */
export interface Permitted extends names.AdapterName {
  /** How many workers a target has. */
  workers: number;
  /** Every domain of the hub. Of these streams an adapter may ask how full they are, and nothing else. */
  domains: string[];
  /** Where JetStream's requests begin for the adapter. */
  apiPrefix: string;
}

/**
 * Exactly what the code of an adapter sends (docs/security.md has the table). Tokens that depend on routes are
 * wildcards: what bounds them is the namespace and name beside them. A stream of many adapters is read only by requests
 * that end with the subject wanted. `CONSUMER.CREATE` is not among them: whoever may create a consumer chooses
 * where the server delivers.
 */
export function permissionsOf(adapter: Permitted): Permissions {
  const { namespace: ns, name, apiPrefix } = adapter;
  const workers = Array.from({ length: adapter.workers }, (_, worker) => worker);
  return {
    publish: [
      ...messages(adapter, workers),
      ...ownStreams(adapter),
      ...sharedStreams(adapter),
      ...consumer(apiPrefix, names.rawStream(adapter), names.NORMALISER, ["INFO", "RESET", "UNPIN"]),
      ...workers.flatMap((worker) =>
        consumer(apiPrefix, "*", names.deliveryConsumer(adapter, worker), ["INFO", "RESET", "UNPIN", "PAUSE"]),
      ),
    ],
    subscribe: [
      `_INBOX_${names.connectionName(adapter)}.>`,
      `${names.STORED_PREFIX}.parked.${ns}.${name}.>`,
      `${names.STORED_PREFIX}.$KV.${names.CONFIG_BUCKET}.${names.currentKey(adapter)}`,
    ],
  };
}

/** Subjects of streams that carry the adapter's name. */
const messages = (a: names.AdapterName, workers: number[]): string[] => [
  names.rawSubject(a),
  ownHubSubjects(a),
  ...workers.map((worker) => names.wakeSubject("*", a, worker)),
  names.parkedSubject(a, "*", "*", "*"),
  names.quarantineSubject(a, "normalise"),
  names.quarantineSubject(a, "deliver"),
  names.lineageSubject(a, "*"),
];

const ownHubSubjects = ({ namespace, name: adapter }: names.AdapterName): string =>
  `hub.*.*.*.${namespace}.${adapter}.*.*`;

/** Streams that hold nothing but what is the adapter's own. */
function ownStreams(a: Permitted): string[] {
  const api = a.apiPrefix;
  const reads = [names.rawStream(a), names.parkedStream(a)].flatMap((stream) => [
    `${api}.STREAM.INFO.${stream}`,
    `${api}.STREAM.MSG.GET.${stream}`,
    `${api}.DIRECT.GET.${stream}`,
  ]);
  return [...reads, `${api}.STREAM.MSG.DELETE.${names.parkedStream(a)}`];
}

/** Streams of many adapters: own subjects of the hub, own keys of the configuration, records of the namespace, figures. */
function sharedStreams(a: Permitted): string[] {
  const { namespace, name, domains, apiPrefix: api } = a;
  return [
    `${api}.DIRECT.GET.*.${ownHubSubjects(a)}`,
    `${api}.DIRECT.GET.KV_${names.CONFIG_BUCKET}.$KV.${names.CONFIG_BUCKET}.${namespace}.${name}.>`,
    `${api}.DIRECT.GET.${names.lineageStream(namespace)}`,
    `${api}.STREAM.MSG.GET.KV_${names.STATE_BUCKET}`,
    ...domains.map((domain) => `${api}.STREAM.INFO.${names.hubStream(domain)}`),
  ];
}

/**
 * A durable consumer: what of it is asked, its pulls, and its acknowledgements in both forms (ADR-15 of NATS). These
 * have all their tokens: a `>` would let the consumer's name stand where another consumer's acknowledgement has a number.
 */
const consumer = (api: string, stream: string, name: string, verbs: string[]): string[] => [
  `${api}.CONSUMER.MSG.NEXT.${stream}.${name}`,
  ...verbs.map((verb) => `${api}.CONSUMER.${verb}.${stream}.${name}`),
  `$JS.ACK.${stream}.${name}.*.*.*.*.*`,
  `$JS.ACK.*.*.${stream}.${name}.*.*.*.*.*`,
  `$JS.ACK.*.*.${stream}.${name}.*.*.*.*.*.*`,
];
