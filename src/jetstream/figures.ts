import type { StreamInfo } from "@nats-io/jetstream";
import {
  AUDIT_STREAM,
  type AdapterName,
  NORMALISER,
  adapterOfConsumer,
  adapterOfStream,
  adapterOfSubject,
  adapterRef,
  isDeliveryWriter,
  isDrift,
  isReport,
} from "../compile/names.ts";
import type { Drifted } from "../api/drift.ts";
import { hubError } from "./errors.ts";
import { HEADER } from "./headers.ts";
import type { Hub } from "./hub.ts";
import { lastMessagesOf } from "./read.ts";
import { type Report, driftIn, reportIn } from "./reports.ts";
import { isManaged, listStreams } from "./store.ts";
import { lagOf, subjectsOf } from "./streams.ts";

/** How many messages came, went and wait, by what streams and consumers say: no restart of a pod changes it. */
export interface Figures {
  /** Originals that were stored since the RAW stream was made. */
  in: number;
  /** Deliveries that the target took, ever. */
  out: number;
  /** Put aside now. */
  quarantined: number;
  /** Wait to be normalised or delivered, parked ones among them. */
  lag: number;
}

/** What the hub tells of adapters, by `<namespace>/<name>`. */
export interface Told {
  /** Of every adapter that has a stream of its own. */
  figures: Map<string, Figures>;
  /** Of every adapter that ever had trouble. */
  reports: Map<string, Report>;
  /** What messages had that their contracts do not know, of every adapter that ever saw any. */
  drift: Map<string, readonly Drifted[]>;
}

type Part = keyof Figures;
/** What one stream says, by adapter (`<namespace>/<name>`). */
type Said = Map<string, number>;

interface Looked {
  mark: string;
  /** Rounds in which the stream has stayed as it is. */
  unchanged: number;
  said: Said;
  reports?: Told["reports"];
  drift?: Told["drift"];
}

/** The server counts what is pending a moment after it is stored: what was asked right after a change may be too little. */
const SETTLED_ROUNDS = 2;

/**
 * Reads the figures of all adapters. All streams are asked for in one listing; of a stream where nothing has changed
 * and nothing waits nothing more is.
 */
export class FigureReader {
  readonly #hub: Hub;
  #looked = new Map<string, Looked>();

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  async read(): Promise<Told> {
    const figures = new Map<string, Figures>();
    const [reports, drift]: [Told["reports"], Told["drift"]] = [new Map(), new Map()];
    const looked = new Map<string, Looked>();
    for (const [name, info] of await listStreams(this.#hub)) {
      const kind = kindOf(name);
      if (kind === undefined || !isManaged(info.config)) continue;
      const told = await this.#look(kind, info);
      looked.set(name, told);
      add(figures, kind.part, told.said);
      for (const [adapter, report] of told.reports ?? []) reports.set(adapter, report);
      for (const [adapter, seen] of told.drift ?? []) drift.set(adapter, seen);
      if (kind.part === "lag" && name.startsWith("RAW_")) add(figures, "in", one(name, info.state.last_seq));
    }
    this.#looked = looked;
    return { figures, reports, drift };
  }

  async #look(kind: Kind, info: StreamInfo): Promise<Looked> {
    const { last_seq: last, messages, consumer_count: consumers } = info.state;
    const mark = JSON.stringify([info.created, last, messages, consumers]);
    const before = this.#looked.get(info.config.name);
    const unchanged = before?.mark === mark ? before.unchanged + 1 : 0;
    const isIdle = kind.part !== "lag" || [...(before?.said.values() ?? [])].every((lag) => lag === 0);
    if (before && unchanged >= SETTLED_ROUNDS && isIdle) return { ...before, unchanged };
    try {
      const asked = await kind.ask(this.#hub, info);
      return { mark, unchanged, ...(asked instanceof Map ? { said: asked } : asked) };
    } catch (cause) {
      throw hubError(cause, info.config.name);
    }
  }
}

interface Kind {
  /** What streams of this kind say of adapters. */
  part: Part;
  ask(hub: Hub, info: StreamInfo): Promise<Said | Omit<Looked, "mark" | "unchanged">>;
}

const KINDS: Record<string, Kind> = {
  RAW_: { part: "lag", ask: normaliserLag },
  HUB_: { part: "lag", ask: deliveryLags },
  PARKED_: { part: "lag", ask: (_hub, { config, state }) => Promise.resolve(one(config.name, state.messages)) },
  QUARANTINE_: { part: "quarantined", ask: quarantined },
  LINEAGE_: { part: "out", ask: lastRecords },
};

const kindOf = (stream: string): Kind | undefined =>
  stream === AUDIT_STREAM ? undefined : KINDS[stream.slice(0, stream.indexOf("_") + 1)];

async function normaliserLag(hub: Hub, { config: { name }, state }: StreamInfo): Promise<Said> {
  // That of an adapter that is gone keeps what it holds, and nobody reads it.
  if (state.consumer_count === 0) return one(name, 0);
  return one(name, lagOf(await hub.jsm.consumers.info(name, NORMALISER)));
}

async function deliveryLags(hub: Hub, { config: { name } }: StreamInfo): Promise<Said> {
  const said: Said = new Map();
  for await (const info of hub.jsm.consumers.list(name)) count(said, adapterOfConsumer(info.name), lagOf(info));
  return said;
}

async function quarantined(hub: Hub, { config: { name } }: StreamInfo): Promise<Said> {
  const said: Said = new Map();
  for (const [subject, messages] of await subjectsOf(hub, name, ">")) count(said, adapterOfSubject(subject), messages);
  return said;
}

/** Each worker writes with its records how many it has delivered, ever; an adapter, what troubles it and its drift. */
async function lastRecords(hub: Hub, { config: { name } }: StreamInfo): Promise<Omit<Looked, "mark" | "unchanged">> {
  const subjects = [...(await subjectsOf(hub, name, ">")).keys()];
  const asked = subjects.filter((subject) => isDeliveryWriter(subject) || isReport(subject) || isDrift(subject));
  const said: Said = new Map();
  const [reports, drift]: [Told["reports"], Told["drift"]] = [new Map(), new Map()];
  for (const commit of await lastMessagesOf(hub, name, asked)) {
    const adapter = adapterOfSubject(commit.subject);
    if (!adapter) continue;
    if (isReport(commit.subject)) reports.set(adapterRef(adapter), reportIn(commit));
    else if (isDrift(commit.subject)) drift.set(adapterRef(adapter), driftIn(commit));
    else count(said, adapter, Number(commit.header(HEADER.delivered)) || 0);
  }
  return { said, reports, drift };
}

function one(stream: string, value: number): Said {
  const said: Said = new Map();
  count(said, adapterOfStream(stream), value);
  return said;
}

function count(said: Said, adapter: AdapterName | undefined, value: number): void {
  if (adapter) said.set(adapterRef(adapter), (said.get(adapterRef(adapter)) ?? 0) + value);
}

function add(figures: Map<string, Figures>, part: Part, said: Said): void {
  for (const [adapter, value] of said) {
    const present = figures.get(adapter) ?? { in: 0, out: 0, quarantined: 0, lag: 0 };
    figures.set(adapter, { ...present, [part]: present[part] + value });
  }
}
