/** What the hospital's EHR says in the demo, and what has to arrive where. */

export const SYSTEMS = ["eligibility", "billing", "patient app", "audit"] as const;
export type System = (typeof SYSTEMS)[number];

/** Something that arrived at a system: a message's event, a resource's type, a question. */
export interface Arrival {
  system: System;
  what: string;
  /** Milliseconds since the epoch. */
  at: number;
  /** One line for people to show what it looked like. */
  example: string;
  /** All of it, as text. */
  raw: string;
}

export interface Step {
  file: string;
  title: string;
  expected: Pick<Arrival, "system" | "what">[];
}

const twice = (what: string): string[] => [what, what];

const step = (file: string, title: string, expected: Partial<Record<System, string[]>>): Step => ({
  file,
  title,
  expected: SYSTEMS.flatMap((system) => (expected[system] ?? []).map((what) => ({ system, what }))),
});

/** In the order of the patient's story: each step is sent when the one before has arrived everywhere. */
export const STEPS: Step[] = [
  step("a01.hl7", "A01: a patient is admitted", {
    eligibility: ["question"],
    billing: ["A01", "A08 (eligibility result)"],
    "patient app": ["Patient", "Encounter", "Coverage", "AllergyIntolerance", "RelatedPerson", "Provenance"],
    audit: ["A01"],
  }),
  step("a08.hl7", "A08: moved, a second insurance, allergy and relative", {
    eligibility: ["question"],
    billing: ["A08", "A08 (eligibility result)"],
    "patient app": [
      "Patient",
      "Encounter",
      ...twice("Coverage"),
      ...twice("AllergyIntolerance"),
      ...twice("RelatedPerson"),
      // Whom the second insurance names as insured.
      "RelatedPerson",
      "Provenance",
    ],
    audit: ["A08"],
  }),
  step("a03.hl7", "A03: discharged", {
    billing: ["A03"],
    "patient app": ["Patient", "Encounter", "Provenance"],
    audit: ["A03"],
  }),
  step("a04.hl7", "A04: back as an emergency, registered anew by mistake", {
    billing: ["A04"],
    "patient app": ["Patient", "Encounter", "AllergyIntolerance", "Provenance"],
    audit: ["A04"],
  }),
  step("a40.hl7", "A40: the two records are merged", {
    billing: ["A40"],
    "patient app": [...twice("Patient"), "Provenance"],
    audit: ["A40"],
  }),
];

const RECORD_NUMBERS = ["ZQ7700101", "ZQ7700202"];

/** Values that the EHR sends and that a system has no clearance for. */
export const WITHHELD: Partial<Record<System, string[]>> = {
  // Record numbers, religion, reason of the stay, member id, a relative's telephone.
  "patient app": [...RECORD_NUMBERS, "Lutheran", "R07.4", "MEM7700101", "7700113"],
  audit: [...RECORD_NUMBERS, "Quarzenstein", "Theodora", "19310307", "Quellhausen", "Penicillin", "MEM7700101"],
};

/** Which withheld values a system got all the same. */
export function leaks(arrivals: Arrival[]): { system: System; value: string }[] {
  return SYSTEMS.flatMap((system) => {
    const text = arrivals
      .filter((arrival) => arrival.system === system)
      .map(({ raw }) => raw)
      .join("\n");
    return (WITHHELD[system] ?? []).filter((value) => text.includes(value)).map((value) => ({ system, value }));
  });
}

/** What of `expected` has not arrived, and what arrived that nobody expected: twice is once too many. */
export function compare(
  expected: Step["expected"],
  arrivals: Arrival[],
): { missing: Step["expected"]; surplus: Arrival[] } {
  const missing = [...expected];
  const surplus = arrivals.filter(({ system, what }) => {
    const index = missing.findIndex((wanted) => wanted.system === system && wanted.what === what);
    if (index >= 0) missing.splice(index, 1);
    return index < 0;
  });
  return { missing, surplus };
}
