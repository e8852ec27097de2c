import type { Hub } from "../../src/jetstream/hub.ts";

const PAYLOAD_STREAMS = /^(RAW|HUB|PARKED|QUARANTINE)_/;

/** Everything that the hub holds, by what it may say. */
export interface StreamTexts {
  names: string[];
  payloads: string;
  /** Subjects and headers. */
  envelopes: string;
  /** Data of streams that are not for payloads. */
  records: string;
  /** Streams' and consumers' configurations. */
  consumers: string;
  /** Stage and adapter of what is in quarantine. */
  quarantine: string[];
}

export async function readStreams(hub: Hub): Promise<StreamTexts> {
  const payloads: string[] = [];
  const envelopes: string[] = [];
  const records: string[] = [];
  const consumers: string[] = [];
  const quarantine: string[] = [];
  const names: string[] = [];
  for await (const { config, state } of hub.jsm.streams.list()) {
    names.push(config.name);
    consumers.push(JSON.stringify(config));
    for await (const info of hub.jsm.consumers.list(config.name)) consumers.push(JSON.stringify(info));
    for (let seq = Math.max(state.first_seq, 1); seq <= state.last_seq; seq++) {
      const stored = await hub.jsm.streams.getMessage(config.name, { seq });
      if (!stored) continue;
      const headers = [...(stored.header ?? [])].flatMap(([name, values]) => [name, ...values]);
      envelopes.push(stored.subject, ...headers);
      (PAYLOAD_STREAMS.test(config.name) ? payloads : records).push(stored.string());
      const [, , adapter, stage] = stored.subject.split(".");
      if (config.name.startsWith("QUARANTINE_")) quarantine.push(`${stage} ${adapter}`);
    }
  }
  const lines = (parts: string[]) => parts.join("\n");
  return {
    names,
    payloads: lines(payloads),
    envelopes: lines(envelopes),
    records: lines(records),
    consumers: lines(consumers),
    quarantine,
  };
}
