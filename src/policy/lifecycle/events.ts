import { DAY_MS } from "../../base/days.ts";
import type { Phase } from "../../api/contractversion-status.ts";
import { API_VERSION } from "../../api/meta.ts";
import { contentHash } from "../../base/hash.ts";
import { type CalendarEntry, type Consumer, LATEST_DAYS } from "../../compile/calendar.ts";
import { DEADLINE_DAYS, daysLeft, millisOf, phaseAt } from "./phase.ts";

export type LifecycleEventName = "deprecated" | "deadline" | "sunset" | "retired";

/** Something that becomes of a contract version at an instant. */
export interface LifecycleEvent {
  name: LifecycleEventName;
  /** Milliseconds since the epoch. */
  at: number;
  entry: CalendarEntry;
}

/** CloudEvents 1.0.2, in its JSON format. */
export interface CloudEvent {
  specversion: "1.0";
  /** The same for the same event, whoever tells of it and however often. */
  id: string;
  source: string;
  type: `dev.fascia.contractversion.${LifecycleEventName}`;
  /** Name of the ContractVersion. */
  subject: string;
  /** When it happened, RFC 3339; not when it is told. */
  time: string;
  datacontenttype: "application/json";
  data: LifecycleEventData;
}

export interface LifecycleEventData {
  contract: string;
  version: string;
  domain: string;
  owner: string;
  /** As of the event's time. */
  phase: Phase;
  deprecatedOn?: string;
  sunsetOn?: string;
  retiredOn?: string;
  /** Until the sunset, as of the event's time. */
  daysLeft?: number;
  /** Version of the same contract to use instead. */
  replacedBy?: string;
  /** The first of those that name the version, as they are when it is told. */
  consumers: Consumer[];
  consumerCount: number;
}

const MAX_CONSUMERS = 500;

/** Everything that becomes of a contract version, in the order in which it comes. */
export function eventsOf(entry: CalendarEntry): LifecycleEvent[] {
  const { deprecatedOn, sunsetOn, retiredOn } = entry.lifecycle;
  const sunset = millisOf(sunsetOn);
  const begins = deprecatedOn === undefined ? Number.NEGATIVE_INFINITY : millisOf(deprecatedOn);
  const deadlines = DEADLINE_DAYS.map((days) => sunset - days * DAY_MS).filter((at) => at > begins);
  const events = [
    { name: "deprecated" as const, at: millisOf(deprecatedOn) },
    ...deadlines.map((at) => ({ name: "deadline" as const, at })),
    { name: "sunset" as const, at: sunset },
    { name: "retired" as const, at: millisOf(retiredOn) },
  ];
  return events
    .filter(({ at }) => Number.isFinite(at))
    .map((event) => ({ ...event, entry }))
    .toSorted(inTime);
}

/** What is to be told at `now` (milliseconds since the epoch), and when there is more to tell. */
export function eventsDue(calendar: readonly CalendarEntry[], now: number): { due: LifecycleEvent[]; next?: number } {
  const events = calendar.flatMap(eventsOf).toSorted(inTime);
  const next = events.find(({ at }) => at > now)?.at;
  const due = events.filter(({ at }) => at <= now && at > now - LATEST_DAYS * DAY_MS);
  return { due, ...(next !== undefined && { next }) };
}

export function cloudEventOf({ name, at, entry }: LifecycleEvent): CloudEvent {
  return {
    specversion: "1.0",
    id: idOf({ name, at, entry }),
    source: `/apis/${API_VERSION}/contractversions`,
    type: `dev.fascia.contractversion.${name}`,
    subject: entry.name,
    time: new Date(at).toISOString(),
    datacontenttype: "application/json",
    data: dataOf(entry, at),
  };
}

/** A version that is made anew under its name is another one, and so is an instant that was moved. */
export const idOf = ({ name, at, entry }: LifecycleEvent): string => contentHash([entry.uid ?? entry.name, name, at]);

function dataOf({ contract, version, domain, owner, lifecycle, replacedBy, consumers }: CalendarEntry, at: number) {
  const { deprecatedOn, sunsetOn, retiredOn } = lifecycle;
  const days = daysLeft(lifecycle, at);
  return {
    contract,
    version,
    domain,
    owner,
    phase: phaseAt(lifecycle, at),
    ...(deprecatedOn !== undefined && { deprecatedOn }),
    ...(sunsetOn !== undefined && { sunsetOn }),
    ...(retiredOn !== undefined && { retiredOn }),
    ...(days !== undefined && { daysLeft: days }),
    ...(replacedBy !== undefined && { replacedBy }),
    consumers: consumers.slice(0, MAX_CONSUMERS),
    consumerCount: consumers.length,
  };
}

const inTime = (a: LifecycleEvent, b: LifecycleEvent): number =>
  a.at - b.at || (a.entry.name < b.entry.name ? -1 : a.entry.name > b.entry.name ? 1 : 0);
