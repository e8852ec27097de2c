import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Admission, admission } from "../builders/admission.ts";
import { EhrConnection } from "../builders/ehr.ts";
import { eventually } from "../builders/eventually.ts";
import {
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
import type { FasciaProcess } from "../builders/process.ts";

/** A lane that is blocked until somebody mends what is refused, and messages that keep the mapping they began with. */
let hospital: Hospital;
let fascia: FasciaProcess;
let ehr: EhrConnection;

beforeAll(async () => {
  hospital = await createHospital((file, text) =>
    impatient(file, text).replaceAll(/^( +)- adapter: (billing|patient-app)$/gm, "$&\n$1  onPermanent: Block"),
  );
  fascia = await hospital.run();
  ehr = new EhrConnection(hospital.ehrPort);
});
afterEach(async () => {
  for (const standIn of [hospital.app, hospital.billing, hospital.eligibility])
    await standIn.setBehaviour({ kind: "Normal" });
});
afterAll(async () => {
  ehr.close();
  await hospital.stop();
});

async function send(...messages: Admission[]): Promise<void> {
  for (const message of messages) expect(await ehr.send(admission(message))).toBe("AA");
}

/** Edits a manifest; resolves when `adapter` works by it. */
async function edit(adapter: string, file: string, from: string, to: string): Promise<void> {
  const inEffect = () =>
    fascia
      .output()
      .stderr.split("\n")
      .filter((l) => l.includes("configuration is in effect") && l.includes(`default/${adapter}"`)).length;
  const before = inEffect();
  await hospital.edit(file, (text) => {
    expect(text).toContain(from);
    return text.replace(from, () => to);
  });
  await eventually(() => expect(inEffect()).toBe(before + 1));
}

test("Block holds what follows under the same key, of every Integration, and nothing else; then all goes on in order", async () => {
  await hospital.billing.setBehaviour({ kind: "Status", status: "AR", containing: markOf("billing", "B1") });
  const held = [labelled("B1", "PB"), labelled("B2", "PB", { event: "A08" })];
  await send(...held, labelled("B3", "PC"));
  await eventually(() => {
    expect(arrivals(hospital, "billing")).toEqual(["B3"]);
    expect(results(hospital)).toEqual(["B3"]);
    expect(arrivals(hospital, "patient-app").toSorted()).toEqual(["B1", "B2", "B3"]);
  });
  const attempts = () => arrivals(hospital, "billing", false).filter((label) => label === "B1").length;
  await eventually(() => expect(attempts()).toBeGreaterThanOrEqual(3));
  expect(results(hospital)).toEqual(["B3"]);
  expect(await quarantineOf(hospital)).toEqual([]);

  await hospital.billing.setBehaviour({ kind: "Normal" });
  await eventually(() => {
    expect(arrivals(hospital, "billing")).toEqual(["B3", "B1", "B2"]);
    expect(results(hospital)).toEqual(["B3", "B1", "B2"]);
  });
  const journey = await journeyOf(hospital, held[0] as Admission);
  const outcomes = outcomesAt(journey, "billing", "admissions");
  expect(new Set(outcomes)).toEqual(new Set(["Permanent", "Delivered"]));
  expect(outcomes.at(-1)).toBe("Delivered");
});

test("a blocked message goes through the mapping as it was mended, and what follows after it", async () => {
  // The app refuses a name that the contract allows: the route is to leave it out.
  await hospital.app.setBehaviour({ kind: "Status", status: 422, containing: "Unspeakable" });
  await send(labelled("C1", "PD", { name: "Unspeakable^C1" }), labelled("C2", "PD"));
  const attempts = () => hospital.app.received.filter((r) => JSON.stringify(r.resource).includes("Unspeakable")).length;
  await eventually(() => expect(attempts()).toBeGreaterThanOrEqual(2));
  const mended = `- adapter: patient-app\n        map: '$ ~> |entry.resource[resourceType="Patient"].name|{}, ["family"]|'`;
  await edit("patient-app", "integrations.yaml", "- adapter: patient-app", mended);
  await eventually(() => expect(arrivals(hospital, "patient-app").slice(-2)).toEqual(["C1", "C2"]));
  await edit("patient-app", "integrations.yaml", mended, "- adapter: patient-app");
});

test.each([
  ["in place", 100],
  ["parked", 2],
] as const)("a message that is tried again %s keeps the mapping of its first attempt", async (where, attempts) => {
  const [first, other, next] = [
    labelled(`${where}1`, where),
    labelled(`${where}2`, `o${where}`),
    labelled(`${where}3`, where),
  ];
  await edit(
    "eligibility",
    "integrations.yaml",
    "adapter: eligibility\n        retry: { attempts: 3",
    `adapter: eligibility\n        retry: { attempts: ${attempts}`,
  );
  await hospital.eligibility.setBehaviour({
    kind: "Status",
    status: 500,
    containing: markOf("eligibility", first.visit),
  });
  await send(first);
  const requests = (m: Admission) => hospital.eligibility.received.filter((r) => r.request["visit"] === m.visit);
  await eventually(() => expect(requests(first).length).toBeGreaterThanOrEqual(3));
  await edit("eligibility", "eligibility.yaml", `"requestId": $message.messageId,`, `"requestId": "edited",`);
  await send(other, next);
  await eventually(() => expect(requests(other)).toHaveLength(1));
  const before = requests(first).length;
  await eventually(() => expect(requests(first).length).toBeGreaterThan(before));
  await hospital.eligibility.setBehaviour({ kind: "Normal" });
  await eventually(() => expect(arrivals(hospital, "eligibility").slice(-2)).toEqual([first.visit, next.visit]));

  const ids = (m: Admission) => new Set(requests(m).map((r) => r.request["requestId"] === "edited"));
  expect([ids(first), ids(other), ids(next)]).toEqual([new Set([false]), new Set([true]), new Set([true])]);
  const journeys = await Promise.all([first, other, next].map((m) => journeyOf(hospital, m)));
  const revisions = journeys.map(
    (journey) =>
      new Set(
        journey.filter((r) => r.hop === "Delivery" && r.adapter === "default/eligibility").map((r) => r.revision),
      ),
  );
  expect(revisions.map((r) => r.size)).toEqual([1, 1, 1]);
  expect(revisions[1]).toEqual(revisions[2]);
  expect(revisions[0]).not.toEqual(revisions[1]);
  await edit("eligibility", "eligibility.yaml", `"requestId": "edited",`, `"requestId": $message.messageId,`);
  await edit("eligibility", "integrations.yaml", `attempts: ${attempts}`, "attempts: 3");
});
