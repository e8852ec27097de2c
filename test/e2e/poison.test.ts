import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LineageRecord } from "../../src/api/lineage.ts";
import { admission } from "../builders/admission.ts";
import { EhrConnection } from "../builders/ehr.ts";
import { eventually } from "../builders/eventually.ts";
import { type QuarantineLine, outcomesAt, quarantineOf } from "../builders/faults.ts";
import { type Hospital, createHospital } from "../builders/hospital.ts";
import { type FasciaProcess, jsonLines } from "../builders/process.ts";

// Messages that cannot be mapped: each one is put aside with the place at which it failed, and nothing waits for it.

let hospital: Hospital;
let fascia: FasciaProcess;
let ehr: EhrConnection;
let sent = 0;

/** Mistakes as people make them, each of which only some messages run into, by file: what is right, what is wrong. */
const MISTAKES: Record<string, [right: string, wrong: string][]> = {
  "ehr.yaml": [
    ["events: [A01, A03, A04, A08, A40]", "events: [A01, A04, A08, A40]"],
    [
      "- contract: patient-admission",
      `- contract: patient-admission\n      event: '$contains($string($), "unsure") ? $error("?") : $[segment = "MSH"]."9.2"'`,
    ],
  ],
  "contracts.yaml": [
    ["Coverage, AllergyIntolerance, RelatedPerson", "Coverage, RelatedPerson"],
    ["- { path: AllergyIntolerance.reaction, level: Confidential, minimise: Remove }\n", "# Reactions are missing.\n"],
    ["- { path: AllergyIntolerance.code, level: Internal, minimise: Remove }\n", "# Codes are missing.\n"],
  ],
  "eligibility.yaml": [
    [
      '$coverage := $first("Coverage");\n',
      `$coverage := $first("Coverage");
            $visit := $first("Encounter").identifier[0].value;
            $forever := function($n) { $forever($n + 1) };
            $deeper := function($n) { 1 + $deeper($n + 1) };
            $contains($visit, "throw") ? $error("of " & $visit & " nothing is known");
            $contains($visit, "endless") ? $forever(0);
            $contains($visit, "deep") ? $deeper(0);
`,
    ],
  ],
  "integrations.yaml": [
    ['"eligible": eligible,', '"eligible": $contains(visit, "reply") ? "perhaps" : eligible,'],
    [
      "- adapter: patient-app",
      `- adapter: patient-app\n        when: '$contains(entry.resource.birthDate[0], "1999") ? $error("1999") : true'`,
    ],
  ],
};

function swap(text: string, from: string, to: string): string {
  expect(text).toContain(from);
  return text.replace(from, () => to);
}
const spoil = (file: string, text: string): string =>
  (MISTAKES[file] ?? []).reduce((t, [right, wrong]) => swap(t, right, wrong), text);
const mend = (file: string, text: string): string =>
  (MISTAKES[file] ?? []).reduce((t, [right, wrong]) => swap(t, wrong, right), text);

/** What is published does not change, not even to mend it, but by an exception. */
const mayMend = (until: string): string => `apiVersion: fascia.dev/v1alpha1
kind: PolicyException
metadata: { name: forgotten-allergies }
spec:
  requestedBy: ada
  reason: the contract forgot the allergies, and nobody receives them yet
  rules: [lifecycle/published-changed]
  resources: [{ kind: ContractVersion, name: patient-admission-v1.0.0 }]
  expiresOn: "${until}"
  reviewOn: "${until}"
  approvals: [{ approver: grace }]
`;
const TOMORROW = `${new Date(Date.now() + 86_400_000).toISOString().slice(0, 19)}Z`;

beforeAll(async () => {
  hospital = await createHospital(spoil);
  await writeFile(join(hospital.manifests, "exception.yaml"), mayMend(TOMORROW));
  fascia = await hospital.run();
  ehr = new EhrConnection(hospital.ehrPort);
});
afterAll(async () => {
  ehr.close();
  await hospital.stop();
});

const traceOf = async (messageId: string): Promise<LineageRecord[]> =>
  jsonLines(await hospital.command("trace", messageId, "--json"));

/** A sound message of a patient of its own, without allergies. `change` works on its text. */
function message(visit: string, change: (text: string) => string = (text) => text): Buffer {
  const event = visit.startsWith("event") ? "A03" : "A01";
  const whole = admission({ controlId: `C${++sent}`, event, patient: `P-${visit}`, visit }).toString("utf8");
  return Buffer.from(change(whole.replace(/\rAL1.*?(?=\r)/, "")), "utf8");
}

const booked = (visit: string): string[] =>
  hospital.billing.received.filter((r) => r.message.includes(`|${visit}`)).map((r) => r.message);
const admissionsBooked = (visit: string): number => booked(visit).filter((m) => !m.includes("ELIGIBILITY")).length;
const resultsBooked = (visit: string): number => booked(visit).filter((m) => m.includes("ELIGIBILITY")).length;
const asked = (visit: string): number =>
  hospital.eligibility.received.filter((r) => r.request["visit"] === visit).length;

/** Sends it and a sound one behind it, which has to arrive everywhere; then tells what is new in quarantine. */
async function sendPoison(poison: Buffer): Promise<QuarantineLine> {
  const known = new Set((await quarantineOf(hospital)).map((q) => q.id));
  expect(await ehr.send(poison)).toBe("AA");
  const sound = `SOUND${sent}`;
  expect(await ehr.send(message(sound))).toBe("AA");
  await eventually(() => {
    expect(resultsBooked(sound)).toBe(1);
    expect(admissionsBooked(sound)).toBe(1);
  });
  let fresh: QuarantineLine[] = [];
  await eventually(async () => {
    fresh = (await quarantineOf(hospital)).filter((q) => !known.has(q.id));
    expect(fresh).toHaveLength(1);
  });
  const [entry] = fresh as [QuarantineLine];
  expect(entry.reason).not.toMatch(CONTENT);
  return entry;
}

/** All that a reason must not hold of the messages that are sent here. */
const CONTENT = /Invented|Testperson|Nowhere|\+49|MEMBER|19700101|1999|P-\w|VISIT|perhaps|nothing is known/;

/** What was put aside and is to be sent again once the mistakes are mended. */
const aside = new Map<string, QuarantineLine>();

describe("is put aside before it reaches the hub", () => {
  const cases: [string, string, (text: string) => string, RegExp][] = [
    [
      "a line that is no segment",
      "segment",
      (t) => t.replace("\rPV1", "\rInvented line\rPV1"),
      /segment 5 \(after NK1\)/,
    ],
    ["an unknown event", "A99", (t) => t.replaceAll("A01", "A99"), /A99|MSH-9/],
    ["an unknown type of message", "ORU", (t) => t.replace("ADT^A01^ADT_A01", "ORU^R01^ORU_R01"), /R01|MSH-9/],
    ["a date that is none", "date", (t) => t.replace("19700101", "19701399"), /PID-7/],
    ["an event that the Adapter does not emit", "event", (t) => t, /spec\.emits takes the event A03 of Adapter ehr/],
    [
      "a resource that the contract does not know",
      "allergy",
      (t) => `${t}AL1|1|DA|^Inventicillin|SV|Rash\r`,
      /entry\[3\]\.resource: is of a type that the contract does not have/,
    ],
    ["an event that cannot be told", "unsure", (t) => t, /spec\.emits event of patient-admission: .* line 1/],
  ];
  test.each(cases)("%s", async (_what, name, change, reason) => {
    const entry = await sendPoison(message(`${name}VISIT`, change));
    aside.set(name, entry);
    expect(entry).toMatchObject({ stage: "normalise", where: "default/ehr", source: "default/ehr" });
    expect(entry.reason).toMatch(reason);
    const journey = await traceOf(entry.messageId);
    expect(journey.find((r) => r.hop === "Normalised")).toMatchObject({ outcome: "Quarantined" });
    expect(journey.filter((r) => r.hop === "Delivery")).toEqual([]);
    expect(booked(`${name}VISIT`)).toEqual([]);
  });
});

describe("is put aside for the one target whose mapping fails, and delivered to all others", () => {
  const cases: [string, string, string, RegExp][] = [
    ["a mapping that throws", "throw", "eligibility-check → default/eligibility", /expression failed at line \d+/],
    ["a recursion without an end", "endless", "eligibility-check → default/eligibility", /stopped after 250 ms/],
    ["a recursion without a bottom", "deep", "eligibility-check → default/eligibility", /nests deeper than/],
    ["a condition that throws", "when", "admissions → default/patient-app", /expression failed at line 1/],
  ];
  test.each(cases)("%s", async (_what, name, where, reason) => {
    const visit = `${name}VISIT`;
    const entry = await sendPoison(message(visit, (t) => (name === "when" ? t.replace("19700101", "19990101") : t)));
    aside.set(name, entry);
    expect(entry).toMatchObject({ stage: "deliver", where, outcome: "Permanent", source: "default/ehr" });
    expect(entry.reason).toMatch(reason);
    await eventually(() => expect(admissionsBooked(visit)).toBe(1));
    const asks = name === "when" ? 1 : 0;
    await eventually(() => expect(asked(visit)).toBe(asks));
    await eventually(async () => {
      const journey = await traceOf(entry.messageId);
      expect(outcomesAt(journey, "billing", "admissions")).toEqual(["Delivered"]);
      expect(outcomesAt(journey, "audit", "admissions")).toEqual(["Delivered"]);
      expect(outcomesAt(journey, "patient-app", "admissions")).toEqual([asks === 1 ? "Quarantined" : "Delivered"]);
      expect(outcomesAt(journey, "eligibility", "eligibility-check")).toEqual([
        asks === 1 ? "Delivered" : "Quarantined",
      ]);
    });
  });

  test("several mappings without an end at once do not keep the sound ones waiting", async () => {
    // Fewer than the 8 connections, each of which has one message under way. They end one after the other, 250 ms each.
    const endless = 6;
    for (let i = 0; i < endless; i++) expect(await ehr.send(message(`endless${i}VISIT`))).toBe("AA");
    expect(await ehr.send(message("QUICK"))).toBe("AA");
    await eventually(() => expect(asked("QUICK")).toBe(1));
    let found: QuarantineLine[] = [];
    await eventually(async () => {
      found = (await quarantineOf(hospital)).filter((q) => q.reason.includes("stopped after 250 ms"));
      expect(found).toHaveLength(1 + endless);
    });
    const quick = hospital.eligibility.received.find((r) => r.request["visit"] === "QUICK");
    expect(quick?.at).toBeLessThan(Math.max(...found.map((q) => Date.parse(q.since))));
  });
});

test("a reply that violates its contract is put aside; the delivery is done and is not repeated", async () => {
  expect(await ehr.send(message("replyVISIT"))).toBe("AA");
  let entry: QuarantineLine | undefined;
  await eventually(async () => {
    entry = (await quarantineOf(hospital)).find((q) => q.reason.startsWith("reply of "));
    expect(entry).toBeDefined();
  });
  expect(entry).toMatchObject({ stage: "deliver", outcome: "Permanent", contract: "eligibility-result 1.0.0" });
  expect(entry?.reason).toMatch(/^reply of default\/eligibility: .*eligibility-result 1\.0\.0.*\/eligible/);
  expect(entry?.reason).not.toMatch(CONTENT);
  await expect(hospital.command("replay", entry?.id ?? "")).rejects.toThrow("is not repeated");
  await eventually(() => expect(admissionsBooked("replyVISIT")).toBe(1));
  expect(asked("replyVISIT")).toBe(1);
  expect(resultsBooked("replyVISIT")).toBe(0);
});

test("sent again before anything is mended, it is put aside again", async () => {
  const before = aside.get("throw") as QuarantineLine;
  await hospital.command("replay", before.id);
  await eventually(async () => {
    const again = (await quarantineOf(hospital)).filter((q) => q.messageId === before.messageId);
    expect(again).toHaveLength(1);
    expect(again[0]?.id).not.toBe(before.id);
    expect(again[0]?.reason).toBe(before.reason);
    aside.set("throw", again[0] as QuarantineLine);
  });
  expect(admissionsBooked("throwVISIT")).toBe(1);
});

test("sent again after the manifests are mended, it goes through the mapping as it is now, and only where it failed", async () => {
  const told = () => fascia.output().stderr.split('"configuration is in effect"').length;
  const before = told();
  for (const file of Object.keys(MISTAKES)) await hospital.edit(file, (text) => mend(file, text));
  // All five adapters: each one knows the contract that was mended.
  await eventually(() => expect(told()).toBeGreaterThanOrEqual(before + 5));

  const mended = ["event", "unsure", "allergy", "throw", "endless", "deep", "when"];
  const ids = mended.map((name) => aside.get(name)?.id ?? name);
  await hospital.command("replay", ...ids);
  await eventually(async () => {
    for (const name of mended) expect(admissionsBooked(`${name}VISIT`), name).toBe(1);
    for (const name of ["unsure", "allergy", "throw", "endless", "deep", "when"]) {
      expect(asked(`${name}VISIT`), name).toBe(1);
      expect(resultsBooked(`${name}VISIT`), name).toBe(1);
    }
    const journey = await traceOf(aside.get("when")?.messageId ?? "");
    expect(outcomesAt(journey, "patient-app", "admissions")).toEqual(["Quarantined", "Delivered"]);
    expect(outcomesAt(journey, "billing", "admissions")).toEqual(["Delivered"]);
  });
  const left = (await quarantineOf(hospital)).map((q) => q.id);
  for (const id of ids) expect(left).not.toContain(id);
});
