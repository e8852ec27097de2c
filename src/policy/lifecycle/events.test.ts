import { describe, expect, test } from "vitest";
import type { Lifecycle } from "../../api/contractversion.ts";
import type { CalendarEntry } from "../../compile/calendar.ts";
import { cloudEventOf, eventsDue, eventsOf, idOf } from "./events.ts";

const entry = (lifecycle: Lifecycle, more: Partial<CalendarEntry> = {}): CalendarEntry => ({
  name: "visit-v1.0.0",
  contract: "visit",
  version: "1.0.0",
  domain: "care",
  owner: "care",
  lifecycle,
  consumers: [],
  ...more,
});
const told = (lifecycle: Lifecycle) =>
  eventsOf(entry(lifecycle)).map(({ name, at }) => `${name} ${new Date(at).toISOString().slice(0, 16)}`);

describe("What becomes of a contract version", () => {
  test.each<[string, Lifecycle, string[]]>([
    ["nothing, where no end is announced", { publishedOn: "2027-01-01T00:00:00Z" }, []],
    [
      "its whole life, in order",
      { deprecatedOn: "2027-01-01T00:00:00Z", sunsetOn: "2027-07-01T00:00:00Z", retiredOn: "2027-08-01T00:00:00Z" },
      [
        "deprecated 2027-01-01T00:00",
        "deadline 2027-04-02T00:00",
        "deadline 2027-06-01T00:00",
        "deadline 2027-06-24T00:00",
        "deadline 2027-06-30T00:00",
        "sunset 2027-07-01T00:00",
        "retired 2027-08-01T00:00",
      ],
    ],
    [
      "no deadline that had passed when it was deprecated, or that is that very instant",
      { deprecatedOn: "2027-06-24T00:00:00Z", sunsetOn: "2027-07-01T00:00:00Z" },
      ["deprecated 2027-06-24T00:00", "deadline 2027-06-30T00:00", "sunset 2027-07-01T00:00"],
    ],
    ["a deprecation alone", { deprecatedOn: "2027-01-01T00:00:00Z" }, ["deprecated 2027-01-01T00:00"]],
    ["a retirement alone", { retiredOn: "2027-01-01T00:00:00Z" }, ["retired 2027-01-01T00:00"]],
  ])("%s", (_, lifecycle, events) => expect(told(lifecycle)).toEqual(events));
});

describe("Due", () => {
  const deprecatedOn = "2027-01-01T00:00:00Z";
  const at = Date.parse(deprecatedOn);
  const DAY = 86_400_000;
  test.each<[string, number, number, number | undefined]>([
    ["not before its instant, and then there is more to come", at - 1, 0, at],
    ["at its instant", at, 1, undefined],
    ["for thirty days", at + 30 * DAY - 1, 1, undefined],
    ["and no longer", at + 30 * DAY, 0, undefined],
  ])("%s", (_, now, count, next) => {
    const found = eventsDue([entry({ deprecatedOn })], now);
    expect([found.due.length, found.next]).toEqual([count, next]);
  });

  test("is told of all versions in the order of time", () => {
    const calendar = ["2027-01-03", "2027-01-01", "2027-01-02"].map((day, i) =>
      entry({ deprecatedOn: `${day}T00:00:00Z` }, { name: `visit-v1.${i}.0` }),
    );
    const { due } = eventsDue(calendar, Date.parse("2027-01-10T00:00:00Z"));
    expect(due.map((each) => each.entry.name)).toEqual(["visit-v1.1.0", "visit-v1.2.0", "visit-v1.0.0"]);
  });
});

describe("A CloudEvent", () => {
  const lifecycle = { deprecatedOn: "2027-01-01T00:00:00Z", sunsetOn: "2027-07-01T00:00:00Z" };
  const consumer = { kind: "Adapter" as const, namespace: "clinic", name: "lab", owner: "lab" };

  test("says of what, when, until when, what to use instead and whom it concerns", () => {
    const [, deadline] = eventsOf(entry(lifecycle, { replacedBy: "2.0.0", consumers: [consumer], uid: "u1" }));
    expect(deadline && cloudEventOf(deadline)).toEqual({
      specversion: "1.0",
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      source: "/apis/fascia.dev/v1alpha1/contractversions",
      type: "dev.fascia.contractversion.deadline",
      subject: "visit-v1.0.0",
      time: "2027-04-02T00:00:00.000Z",
      datacontenttype: "application/json",
      data: {
        contract: "visit",
        version: "1.0.0",
        domain: "care",
        owner: "care",
        phase: "Deprecated",
        ...lifecycle,
        daysLeft: 90,
        replacedBy: "2.0.0",
        consumers: [consumer],
        consumerCount: 1,
      },
    });
  });

  test("stays small, however many it concerns", () => {
    const consumers = Array.from({ length: 2000 }, (_, i) => ({ ...consumer, name: `lab${i}` }));
    const [first] = eventsOf(entry(lifecycle, { consumers }));
    const data = first && cloudEventOf(first).data;
    expect([data?.consumers.length, data?.consumerCount]).toEqual([500, 2000]);
  });

  const idFor = (life: Lifecycle, more: Partial<CalendarEntry> = {}, index = 0) => {
    const event = eventsOf(entry(life, more))[index];
    return event && idOf(event);
  };
  test.each<[string, string | undefined]>([
    ["another instant", idFor({ ...lifecycle, deprecatedOn: "2027-01-02T00:00:00Z" })],
    ["another event", idFor(lifecycle, {}, 1)],
    ["another version", idFor(lifecycle, { name: "visit-v1.1.0" })],
    ["one that was made anew", idFor(lifecycle, { uid: "u2" })],
  ])("has another id for %s", (_, other) => expect(other).not.toBe(idFor(lifecycle)));

  test("keeps its id, whoever uses the version by now", () => {
    expect(idFor(lifecycle, { consumers: [consumer], owner: "others" })).toBe(idFor(lifecycle));
  });
});
