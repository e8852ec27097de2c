import { expect, test } from "vitest";
import { mendedByAdapter } from "./mended.ts";

const told = (...names: string[]) =>
  mendedByAdapter(names).map(({ adapter, happening }) => `${adapter.namespace}/${adapter.name}: ${happening.note}`);

test("what is put right in the hub is told of the Adapter that it is there for", () => {
  expect(told("RAW_clinic_ehr", "RAW_clinic_ehr/normalise", "HUB_care/clinic_lab_w0", "PARKED_clinic_lab")).toEqual([
    "clinic/ehr: Stream RAW_clinic_ehr was deleted or changed by somebody and is as planned again",
    "clinic/ehr: Consumer RAW_clinic_ehr/normalise was deleted or changed by somebody and is as planned again",
    "clinic/lab: Consumer HUB_care/clinic_lab_w0 was deleted or changed by somebody and is as planned again",
    "clinic/lab: Stream PARKED_clinic_lab was deleted or changed by somebody and is as planned again",
  ]);
});

test("what is there for all of them is told of none", () => {
  expect(told("HUB_care", "QUARANTINE_clinic", "LINEAGE_clinic")).toEqual([]);
});
