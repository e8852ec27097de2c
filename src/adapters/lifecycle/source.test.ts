import { afterEach, expect, test } from "vitest";
import { eventually } from "../../../test/builders/eventually.ts";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import type { CalendarEntry } from "../../compile/calendar.ts";
import { createLog } from "../../telemetry/log.ts";
import type { Receipt, Received, Secrets, Source } from "../adapter.ts";
import { createLifecycleSource } from "./source.ts";

const noSecrets: Secrets = { read: async () => Buffer.alloc(0), readOptional: async () => undefined };
const NOW = Date.UTC(2027, 0, 1);
const DAY = 86_400_000;
const instant = (days: number) => new Date(NOW + days * DAY).toISOString();
const entry = (deprecated: number, sunset: number): CalendarEntry => ({
  name: "visit-v1.0.0",
  contract: "visit",
  version: "1.0.0",
  domain: "care",
  owner: "care",
  lifecycle: { deprecatedOn: instant(deprecated), sunsetOn: instant(sunset) },
  consumers: [],
});

let source: Source;
afterEach(() => source.stop());

function start(calendar: CalendarEntry[], answer: (count: number) => Receipt = accepted) {
  const clock = new ManualClock(NOW);
  const received: Received[] = [];
  let log = "";
  const destination = { write: (line: string) => void (log += line) };
  source = createLifecycleSource({
    calendar,
    clock,
    secrets: noSecrets,
    log: createLog({ level: "debug", destination }),
  });
  const ready = source.start(async (message) => {
    received.push(message);
    return answer(received.length);
  });
  const idle = () => eventually(() => expect(clock.sleepers).toBe(1));
  const until = async (days: number) => {
    for (await idle(); clock.now() < NOW + days * DAY; await idle()) clock.advance(600_000);
  };
  return { ready, clock, received, until, idle, events: () => received.map(({ event }) => event), log: () => log };
}
const accepted = (): Receipt => ({ status: "Accepted", messageId: "k1.m" });

test("Tells each event when its instant comes, once, in order", async () => {
  const { until, events } = start([entry(1, 5)]);
  await until(0.99);
  expect(events()).toEqual([]);
  await until(1);
  expect(events()).toEqual(["deprecated"]);
  await until(6);
  expect(events()).toEqual(["deprecated", "deadline", "sunset"]);
});

test("Tells at its start what came while it was not there, known again by the event's id alone", async () => {
  const { idle, received } = start([entry(-20, 100)]);
  await idle();
  const [message] = received;
  const { id, type } = JSON.parse(Buffer.from(message?.body ?? []).toString()) as { id: string; type: string };
  expect([received.length, type]).toEqual([1, "dev.fascia.contractversion.deprecated"]);
  expect(message).toMatchObject({ identity: [id], isOne: true, dialect: "json" });
});

test("Does not tell what nobody could remember having been told", async () => {
  const { idle, received } = start([entry(-31, 100)]);
  await idle();
  expect(received).toEqual([]);
});

test("Tries again what is not stored, before anything that came later", async () => {
  const unavailable: Receipt = { status: "Unavailable", reason: "the hub is full" };
  const { clock, idle, events, log } = start([entry(-2, 0)], (count) => (count < 3 ? unavailable : accepted()));
  await idle();
  clock.advance(1000);
  await idle();
  clock.advance(2000);
  await eventually(() => expect(events()).toEqual(["deprecated", "deprecated", "deprecated", "deadline", "sunset"]));
  expect(log().match(/lifecycle event not stored/g)).toHaveLength(2);
});

test.each(["Refused", "Rejected"] as const)("Goes on behind what is %s for good, and says so", async (status) => {
  const refused: Receipt = { status, reason: "too long" };
  const { idle, events, log } = start([entry(-2, 0)], (count) => (count === 1 ? refused : accepted()));
  await idle();
  expect(events()).toEqual(["deprecated", "deadline", "sunset"]);
  expect(log()).toContain("lifecycle event refused");
});
