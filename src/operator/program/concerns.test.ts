import { expect, test } from "vitest";
import { compile } from "../../compile/compile.ts";
import { byKind } from "../../compile/resources.ts";
import { aContractVersion, aSource, aTarget, anIntegration } from "../../../test/builders/resources.ts";
import { concerns } from "./concerns.ts";

/** `ehr` publishes visits, which `admissions` brings to `lab`; `bed` is in the same namespace, `ward` in another one. */
const { configs } = compile(
  byKind([
    aContractVersion(),
    aContractVersion({ contract: "bed", domain: "logistics" }),
    aSource("ehr"),
    aTarget("lab"),
    aSource("bed", 2576, { emits: [{ contract: "bed", version: "1.0.0" }] }),
    aSource("ward", 2575, {}, "elsewhere"),
    anIntegration("admissions"),
  ]),
);

const EHR = "Adapter clinic/ehr";
const LAB = "Adapter clinic/lab";
const BED = "Adapter clinic/bed";
const WARD = "Adapter elsewhere/ward";
const ADMISSIONS = "Integration clinic/admissions";

test.each([
  ["an Adapter's own stream", "RAW_clinic_ehr", [EHR]],
  ["a consumer of it", "RAW_clinic_ehr/normalise", [EHR]],
  ["what it has parked", "PARKED_clinic_lab", [LAB]],
  ["a hub stream", "HUB_care", [EHR, LAB, WARD, ADMISSIONS]],
  ["a target's consumer", "HUB_care/clinic_lab_w0", [LAB, ADMISSIONS]],
  ["a namespace's quarantine", "QUARANTINE_clinic", [EHR, LAB, BED]],
  ["a namespace's lineage", "LINEAGE_elsewhere", [WARD]],
  ["a stream of nobody", "RAW_clinic_gone", []],
])("a conflict over %s concerns those who need it", (_what, name, expected) => {
  const found = concerns([{ name, reason: "storage is memory, needed is file" }], configs);
  expect([...found.keys()].toSorted()).toEqual(expected.toSorted());
  for (const reasons of found.values()) expect(reasons).toEqual([`${name}: storage is memory, needed is file`]);
});

test("several conflicts of one resource are all told to it", () => {
  const conflicts = ["RAW_clinic_ehr", "HUB_care"].map((name) => ({ name, reason: "r" }));
  expect(concerns(conflicts, configs).get(EHR)).toEqual(["RAW_clinic_ehr: r", "HUB_care: r"]);
});
