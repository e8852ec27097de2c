import { afterEach, beforeEach, expect, test } from "vitest";
import type { LineageRecord } from "../../src/api/lineage.ts";
import { readLineage } from "../../src/ledger/journey.ts";
import { withHub } from "../../src/main/hubcommand.ts";
import { admission } from "../builders/admission.ts";
import { EhrConnection } from "../builders/ehr.ts";
import { eventually } from "../builders/eventually.ts";
import { type Hospital, createHospital } from "../builders/hospital.ts";
import type { FasciaProcess } from "../builders/process.ts";

// An edit of the manifests takes effect between two messages: none is lost, none is sent twice, none is mapped by half of it.

const PATIENTS = 5;
const EDITIONS = 4;
const EVERY_EDITION = Array.from({ length: EDITIONS + 1 }, (_, edition) => edition);
/** Messages that are delivered at least under each edition before the next one is written. */
const EACH = 15;
/** A patient's messages that may wait for billing: enough that each edit meets some, few enough to see them all arrive. */
const BACKLOG = 4;

const PATIENCE_MS = 15_000;

let hospital: Hospital;
let fascia: FasciaProcess;

const requestOf = (edition: number): string => `"requestId": "${edition}/" & $message.messageId`;

/** Every edition changes the mapping's text and version, and with it what the targets get. */
function editionOf(file: string, edition: number, text: string): string {
  if (file === "eligibility.yaml")
    return text
      .replace(/"requestId": .*\$message\.messageId/, () => requestOf(edition))
      .replace(/(mapping:\n +version:) \S+/, `$1 1.0.${edition}`);
  if (file === "billing.yaml")
    return text
      .replace(/sendingApplication: \S+/, `sendingApplication: FASCIA${edition}`)
      .replace(/(mapping:\n +version:) \S+/, `$1 1.0.${edition}`);
  return text;
}

beforeEach(async () => {
  hospital = await createHospital((file, text) => editionOf(file, 0, text));
  fascia = await hospital.run();
});
afterEach(() => hospital.stop());

interface Arrival {
  visit: string;
  edition: number;
}

const askedOf = (): Arrival[] =>
  hospital.eligibility.received.map(({ request }) => ({
    visit: String(request["visit"]),
    edition: Number(String(request["requestId"]).split("/")[0]),
  }));
const bookedOf = (): Arrival[] =>
  hospital.billing.received
    .filter(({ message }) => !message.includes("|ELIGIBILITY|"))
    .map(({ message }) => ({
      visit: /VISIT-\d+-\d+/.exec(message)?.[0] ?? "",
      edition: Number(/\|FASCIA(\d+)\|/.exec(message)?.[1]),
    }));
const resultsOf = (): string[] =>
  hospital.billing.received
    .filter(({ message }) => message.includes("|ELIGIBILITY|"))
    .map(({ message }) => /VISIT-\d+-\d+/.exec(message)?.[0] ?? "");

const patientOf = ({ visit }: Arrival): string => visit.split("-")[1] ?? "";
const numberOf = ({ visit }: Arrival): number => Number(visit.split("-")[2]);

/** One connection a patient, each sending one message after another until it is told to stop. Returns the visits. */
async function stream(patient: number, signal: AbortSignal): Promise<string[]> {
  const ehr = new EhrConnection(hospital.ehrPort);
  const visits: string[] = [];
  try {
    while (!signal.aborted) {
      await eventually(() => {
        const booked = bookedOf().filter((a) => patientOf(a) === String(patient)).length;
        expect(visits.length - booked).toBeLessThan(BACKLOG);
      }, PATIENCE_MS);
      const visit = `VISIT-${patient}-${visits.length}`;
      const message = { controlId: visit, event: "A08", patient: `P${patient}`, visit } as const;
      expect(await ehr.send(admission(message))).toBe("AA");
      visits.push(visit);
    }
  } finally {
    ehr.close();
  }
  return visits;
}

const deliveries = async (): Promise<LineageRecord[]> =>
  (await withHub({ data: hospital.data }, (hub) => readLineage(hub, 0, (r) => r.hop === "Delivery"))).filter(
    (r) => r.outcome !== undefined,
  );

/** What a target got: all of it once, each patient's in order, and of the editions each one whole and in order. */
function expectOnceAndInOrder(arrivals: Arrival[], visits: string[]): void {
  expect(arrivals.map((a) => a.visit).toSorted()).toEqual(visits.toSorted());
  for (let patient = 0; patient < PATIENTS; patient++) {
    const own = arrivals.filter((a) => patientOf(a) === String(patient));
    expect(own.map(numberOf)).toEqual(own.map((_, i) => i));
    expect(own.map((a) => a.edition)).toEqual(own.map((a) => a.edition).toSorted((a, b) => a - b));
  }
  expect(new Set(arrivals.map((a) => a.edition))).toEqual(new Set(EVERY_EDITION));
}

/** Every message has one delivery at the target, and its record names the revision of the edition that mapped it. */
function expectOneRevisionEach(records: LineageRecord[], arrivals: Arrival[], idOf: Map<string, string>): void {
  expect(records.map((r) => r.outcome)).toEqual(records.map(() => "Delivered"));
  expect(records.map((r) => r.messageId).toSorted()).toEqual([...idOf.values()].toSorted());
  const revisionOf = new Map(records.map((r) => [r.messageId, r.revision]));
  const pairs = arrivals.map(({ visit, edition }) => `${edition} ${revisionOf.get(idOf.get(visit) ?? "")}`);
  const distinct = [...new Set(pairs)].map((pair) => pair.split(" "));
  expect(distinct.map(([edition]) => edition).toSorted()).toEqual(EVERY_EDITION.map(String));
  expect(new Set(distinct.map(([, revision]) => revision)).size).toBe(EVERY_EDITION.length);
}

test("mappings that are edited under load map each message by exactly one edition, once, the old before the new", async () => {
  const ending = new AbortController();
  const streams = Array.from({ length: PATIENTS }, (_, patient) => stream(patient, ending.signal));
  for (let edition = 1; edition <= EDITIONS; edition++) {
    await eventually(() => {
      for (const arrivals of [askedOf(), bookedOf()])
        expect(arrivals.filter((a) => a.edition === edition - 1).length).toBeGreaterThanOrEqual(EACH);
    }, PATIENCE_MS);
    for (const file of ["eligibility.yaml", "billing.yaml"])
      await hospital.edit(file, (text) => editionOf(file, edition, text));
  }
  await eventually(() => {
    for (const arrivals of [askedOf(), bookedOf()])
      expect(arrivals.filter((a) => a.edition === EDITIONS).length).toBeGreaterThanOrEqual(EACH);
  }, PATIENCE_MS);
  ending.abort();
  const visits = (await Promise.all(streams)).flat();

  await eventually(() => {
    expect(askedOf()).toHaveLength(visits.length);
    expect(bookedOf()).toHaveLength(visits.length);
    expect(resultsOf()).toHaveLength(visits.length);
  }, PATIENCE_MS);
  expectOnceAndInOrder(askedOf(), visits);
  expectOnceAndInOrder(bookedOf(), visits);
  expect(resultsOf().toSorted()).toEqual(visits.toSorted());
  expect(hospital.eligibility.received.some((r) => r.repeated)).toBe(false);
  expect(await hospital.command("quarantine", "list")).toContain("Nothing is in quarantine");

  await eventually(async () => {
    const records = await deliveries();
    const idOf = new Map(
      hospital.eligibility.received.map(({ request }) => [
        String(request["visit"]),
        String(request["requestId"]).split("/")[1] ?? "",
      ]),
    );
    const at = (integration: string, adapter: string) =>
      records.filter((r) => r.integration === integration && r.adapter === `default/${adapter}`);
    expectOneRevisionEach(at("eligibility-check", "eligibility"), askedOf(), idOf);
    expectOneRevisionEach(at("admissions", "billing"), bookedOf(), idOf);
  }, PATIENCE_MS);
});

test("an edit that is wrong changes nothing: messages go on by the edition before", async () => {
  const ehr = new EhrConnection(hospital.ehrPort);
  const send = async (visit: string) =>
    expect(await ehr.send(admission({ controlId: visit, event: "A01", patient: "P1", visit }))).toBe("AA");
  try {
    await send("VISIT-1-0");
    await eventually(() => expect(askedOf()).toEqual([{ visit: "VISIT-1-0", edition: 0 }]));
    await hospital.edit("eligibility.yaml", (text) => text.replace('$first("Coverage");', '$first("Coverage"'));
    await eventually(() => expect(fascia.output().stderr).toContain("edit refused"));
    await send("VISIT-1-1");
    await eventually(() => expect(askedOf().at(-1)).toEqual({ visit: "VISIT-1-1", edition: 0 }));
    await hospital.edit("eligibility.yaml", (text) =>
      editionOf("eligibility.yaml", 1, text.replace('$first("Coverage"', '$first("Coverage");')),
    );
    await eventually(async () => {
      const count = askedOf().length;
      await send(`VISIT-1-${count}`);
      await eventually(() => expect(askedOf()).toHaveLength(count + 1));
      expect(askedOf().at(-1)?.edition).toBe(1);
    }, PATIENCE_MS);
    expect(askedOf().map(numberOf)).toEqual(askedOf().map((_, i) => i));
  } finally {
    ehr.close();
  }
});
