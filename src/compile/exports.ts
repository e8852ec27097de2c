import { STORED_PREFIX } from "./names.ts";

/** Where JetStream's requests begin in an account that has it. */
export const API_PREFIX = "$JS.API";
/**
 * Where they begin in an account of adapters that imports them from the hub's account: there the server answers
 * `$JS.API` itself, and says that the account has no JetStream.
 */
export const IMPORTED_API_PREFIX = "$JS.fascia.API";

/** Something that the hub's account exports, and the adapters' account imports under `as`. */
export interface HubExport {
  kind: "service" | "stream";
  subject: string;
  as: string;
  /** Answered by any number of messages. */
  many: boolean;
}

const service = (subject: string, as = subject): HubExport => ({ kind: "service", subject, as, many: false });
const api = (verb: string, many = false): HubExport => ({
  ...service(`${API_PREFIX}.${verb}.>`, `${IMPORTED_API_PREFIX}.${verb}.>`),
  many,
});

/**
 * All that adapters need of the hub's account, whatever adapters there are; nothing that makes, changes, purges or
 * deletes a stream or a consumer. An account of their own is more than order: the server checks which subject a user
 * publishes to, but not where it has the answer sent, and sends it with its own authority, within the user's account.
 */
export const HUB_EXPORTS: readonly HubExport[] = [
  ...["raw.>", "hub.>", "parked.>", "quarantine.>", "lineage.>", "$JS.ACK.>"].map((subject) => service(subject)),
  api("STREAM.INFO"),
  api("STREAM.MSG.GET"),
  api("STREAM.MSG.DELETE"),
  api("DIRECT.GET", true),
  api("CONSUMER.MSG.NEXT", true),
  ...["INFO", "RESET", "UNPIN", "PAUSE"].map((verb) => api(`CONSUMER.${verb}`)),
  { kind: "stream", subject: `${STORED_PREFIX}.>`, as: `${STORED_PREFIX}.>`, many: true },
];
