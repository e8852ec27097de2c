import { afterAll, beforeAll, expect, test } from "vitest";
import { admission } from "../builders/admission.ts";
import { EhrConnection } from "../builders/ehr.ts";
import { eventually } from "../builders/eventually.ts";
import { type Hospital, createHospital } from "../builders/hospital.ts";

let hospital: Hospital;
let ehr: EhrConnection;

beforeAll(async () => {
  hospital = await createHospital();
  await hospital.run();
  ehr = new EhrConnection(hospital.ehrPort);
});
afterAll(async () => {
  ehr.close();
  await hospital.stop();
});

test("an admission reaches all four targets, and the eligibility result billing after it", async () => {
  expect(await ehr.send(admission({ controlId: "E1", event: "A01", patient: "P1", visit: "V1" }))).toBe("AA");
  await eventually(async () => {
    expect(hospital.billing.received.length).toBe(2);
    expect(hospital.eligibility.received.length).toBe(1);
    expect(hospital.app.resources.size).toBeGreaterThanOrEqual(3);
    expect(await hospital.audit()).toHaveLength(1);
  });
  const [first, second] = hospital.billing.received.map((r) => r.message);
  expect(first).toContain("V1");
  expect(second).toContain("ELIGIBILITY");
});
