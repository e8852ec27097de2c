import { expect, test } from "vitest";
import { adapterServedBy, consumerRef, parseHubRef } from "./names.ts";

test("a consumer is named with its stream, and both are read out of that again", () => {
  expect(consumerRef("HUB_care", "clinic_lab_w0")).toBe("HUB_care/clinic_lab_w0");
  expect(parseHubRef("HUB_care/clinic_lab_w0")).toEqual({ stream: "HUB_care", consumer: "clinic_lab_w0" });
  expect(parseHubRef("HUB_care")).toEqual({ stream: "HUB_care", consumer: undefined });
});

test.each([
  ["RAW_clinic_ehr", { namespace: "clinic", name: "ehr" }],
  [consumerRef("RAW_clinic_ehr", "normalise"), { namespace: "clinic", name: "ehr" }],
  [consumerRef("HUB_care", "clinic_lab_w0"), { namespace: "clinic", name: "lab" }],
  ["HUB_care", undefined],
  [consumerRef("HUB_care", "somebody"), undefined],
])("%s is there for one adapter, or for several", (ref, adapter) => {
  expect(adapterServedBy(ref)).toEqual(adapter);
});
