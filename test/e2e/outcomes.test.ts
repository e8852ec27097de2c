import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Behaviour } from "../../hack/demo/standins/script.ts";
import { type Admission, admission } from "../builders/admission.ts";
import { EhrConnection } from "../builders/ehr.ts";
import { eventually } from "../builders/eventually.ts";
import {
  SYSTEMS,
  type System,
  arrivals,
  impatient,
  journeyOf,
  labelled,
  markOf,
  outcomesAt,
  quarantineOf,
  results,
} from "../builders/faults.ts";
import { type Hospital, createHospital } from "../builders/hospital.ts";

/** What each target's answers lead to, while all others get the same messages as if nothing were wrong. */
let hospital: Hospital;
let ehr: EhrConnection;
let count = 0;

beforeAll(async () => {
  hospital = await createHospital(impatient);
  await hospital.run();
  ehr = new EhrConnection(hospital.ehrPort);
});
afterEach(async () => {
  for (const system of SYSTEMS) await standIn(system).setBehaviour({ kind: "Normal" });
});
afterAll(async () => {
  ehr.close();
  await hospital.stop();
});

const standIn = (system: System) =>
  ({ eligibility: hospital.eligibility, "patient-app": hospital.app, billing: hospital.billing })[system];
const integrationOf = (system: System) => (system === "eligibility" ? "eligibility-check" : "admissions");

/** Two messages of one patient, of which `system` treats the first as told. Resolves when everybody else has both. */
async function sendTwo(system: System, behaviour: Behaviour): Promise<[Admission, Admission]> {
  const patient = `P${++count}`;
  const [first, second] = [labelled(`V${count}a`, patient), labelled(`V${count}b`, patient, { event: "A08" })];
  await standIn(system).setBehaviour({ ...behaviour, containing: markOf(system, first.visit) });
  for (const message of [first, second]) expect(await ehr.send(admission(message))).toBe("AA");
  // Nobody else waits for it.
  await eventually(async () => {
    for (const other of SYSTEMS.filter((s) => s !== system))
      expect(arrivals(hospital, other)).toEqual(expect.arrayContaining([first.visit, second.visit]));
    expect((await hospital.audit()).length).toBeGreaterThanOrEqual(2 * count);
  });
  return [first, second];
}

/** When `system` got the message, taken or not. */
const attemptsAt = (system: "eligibility" | "patient-app", label: string): number[] =>
  (system === "eligibility"
    ? hospital.eligibility.received.filter((r) => r.request["visit"] === label)
    : hospital.app.received.filter(
        ({ resource }) => resource.resourceType === "Encounter" && JSON.stringify(resource).includes(label),
      )
  ).map((r) => r.at);

/** What stands in these messages and must not stand in a reason. */
const CONTENT = /Invent|Testperson|Nowhere|\+49|MEMBER|19700101|\bV\d+[ab]|\bP\d/;

const TRANSIENT = ["Transient", "Transient", "Delivered"];
const AMBIGUOUS = ["Ambiguous", "Ambiguous", "Delivered"];

describe("is tried again, in order, until it is taken", () => {
  const http: [string, Behaviour, string[]][] = [
    ["409", { kind: "Status", status: 409, times: 2 }, TRANSIENT],
    ["429", { kind: "Status", status: 429, times: 2 }, TRANSIENT],
    ["500", { kind: "Status", status: 500, times: 2 }, TRANSIENT],
    ["503", { kind: "Status", status: 503, times: 2 }, TRANSIENT],
    ["a closed connection", { kind: "Close", times: 2 }, AMBIGUOUS],
    ["silence", { kind: "Hold", times: 1 }, AMBIGUOUS.slice(1)],
  ];
  const cases: [System, string, Behaviour, string[]][] = [
    ...http.map((c): [System, ...typeof c] => ["eligibility", ...c]),
    ...http.map((c): [System, ...typeof c] => ["patient-app", ...c]),
    ["patient-app", "an answer that is no FHIR", { kind: "Garbage", times: 2 }, AMBIGUOUS],
    ["billing", "AE", { kind: "Status", status: "AE", times: 2 }, TRANSIENT],
    ["billing", "CE", { kind: "Status", status: "CE", times: 2 }, TRANSIENT],
  ];
  test.each(cases)("%s: %s", async (system, _answer, behaviour, outcomes) => {
    const [first, second] = await sendTwo(system, behaviour);
    await eventually(() => expect(arrivals(hospital, system)).toContain(second.visit));
    const journey = await journeyOf(hospital, first);
    expect(outcomesAt(journey, system, integrationOf(system))).toEqual(outcomes);
    expect(
      journey.filter((r) => r.integration === integrationOf(system) && r.attempt === outcomes.length),
    ).toHaveLength(system === "billing" ? 2 : 1);
    for (const { reason = "" } of journey) expect(reason).not.toMatch(CONTENT);
    const at = arrivals(hospital, system);
    expect(at.lastIndexOf(first.visit)).toBeLessThan(at.indexOf(second.visit));
  });
});

test.each(["eligibility", "patient-app"] as const)(
  "a target's Retry-After is granted, to this message and to what follows it: %s",
  async (system) => {
    const [first, second] = await sendTwo(system, { kind: "Status", status: 429, retryAfterSeconds: 1, times: 1 });
    await eventually(() => expect(arrivals(hospital, system)).toContain(second.visit));
    const [refused, taken] = attemptsAt(system, first.visit);
    expect((taken ?? 0) - (refused ?? Infinity)).toBeGreaterThanOrEqual(990);
  },
);

describe("is put aside with its reason, and the key goes on; replayed, it is sent once and to nobody else", () => {
  const cases: [System, string, Behaviour, string, string][] = [
    ["eligibility", "400", { kind: "Status", status: 400 }, "Permanent", "HTTP 400 (Bad Request)"],
    ["patient-app", "400", { kind: "Status", status: 400 }, "Permanent", "HTTP 400 (Bad Request)"],
    ["billing", "AR", { kind: "Status", status: "AR" }, "Permanent", "the receiver answered AR"],
    ["billing", "CR", { kind: "Status", status: "CR" }, "Permanent", "the receiver answered CR"],
    ["billing", "garbage", { kind: "Garbage", taken: false }, "Ambiguous", "the answer is no HL7 acknowledgment"],
    ["billing", "closed", { kind: "Close", taken: false }, "Ambiguous", "the receiver closed the connection"],
    ["billing", "silence", { kind: "Hold" }, "Ambiguous", "no acknowledgment within 1 s"],
  ];
  test.each(cases)("%s: %s", async (system, answer, behaviour, outcome, reason) => {
    const [first, second] = await sendTwo(system, behaviour);
    await eventually(() => expect(arrivals(hospital, system)).toContain(second.visit));
    const [entry, ...more] = await quarantineOf(hospital);
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ stage: "deliver", outcome, reason });
    expect(entry?.where).toBe(`${integrationOf(system)} → default/${system}`);
    expect(entry?.reason).not.toMatch(CONTENT);

    await standIn(system).setBehaviour({ kind: "Normal" });
    const before = SYSTEMS.map((s) => arrivals(hospital, s, false).length);
    await Promise.allSettled([1, 2].map(() => hospital.command("replay", entry?.id ?? "")));
    await eventually(() => expect(arrivals(hospital, system).at(-1)).toBe(first.visit));
    const after = SYSTEMS.map((s) => arrivals(hospital, s, false).length);
    expect(after).toEqual(before.map((n, i) => (SYSTEMS[i] === system ? n + 1 : n)));
    // While billing was silent it had taken the message: that is what nobody could know.
    const copies = answer === "silence" ? 2 : 1;
    expect(arrivals(hospital, system).filter((label) => label === first.visit)).toHaveLength(copies);
    await expect(hospital.command("replay", entry?.id ?? "")).rejects.toThrow("not in quarantine");
    await eventually(async () => {
      const journey = await journeyOf(hospital, first);
      expect(outcomesAt(journey, system, integrationOf(system))).toEqual(["Quarantined", "Delivered"]);
      expect(journey.filter((r) => r.hop === "Replayed")).toHaveLength(1);
      for (const other of SYSTEMS.filter((s) => s !== system))
        expect(outcomesAt(journey, other, integrationOf(other))).toEqual(["Delivered"]);
    });
  });

  test("and nothing else is in quarantine after all this", async () => {
    expect(await quarantineOf(hospital)).toEqual([]);
  });
});

test("an answer that is not what the service promised is put aside, the delivery stands and is not repeated", async () => {
  const [first, second] = await sendTwo("eligibility", { kind: "Garbage" });
  await eventually(() => expect(results(hospital)).toContain(second.visit));
  const [entry] = await quarantineOf(hospital);
  expect(entry).toMatchObject({ stage: "deliver", outcome: "Permanent" });
  expect(entry?.reason).toMatch(/^reply of default\/eligibility: /);
  expect(entry?.reason).not.toMatch(CONTENT);
  expect(outcomesAt(await journeyOf(hospital, first), "eligibility")).toEqual(["Delivered"]);
  expect(results(hospital)).not.toContain(first.visit);
  expect(arrivals(hospital, "eligibility", false).filter((l) => l === first.visit)).toHaveLength(1);
  await expect(hospital.command("replay", entry?.id ?? "")).rejects.toThrow(/is not repeated/);
});
