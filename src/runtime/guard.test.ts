import { describe, expect, it } from "vitest";
import { aContractVersion, aDataDomain, aSource } from "../../test/builders/resources.ts";
import type { EntityOwnership, OnConflict } from "../api/datadomain.ts";
import { compile } from "../compile/compile.ts";
import type { AdapterConfig } from "../compile/config.ts";
import { byKind } from "../compile/resources.ts";
import { ForeignField } from "./guard.ts";
import { type Normalised, Transform } from "./normalise/transform.ts";

const owned = (entity: string, onConflict: OnConflict, fields: Record<string, string> = {}): EntityOwnership => ({
  entity,
  primary: "ehr",
  onConflict,
  ...(Object.keys(fields).length > 0 && {
    fields: Object.entries(fields).map(([path, primary]) => ({ path, primary })),
  }),
});

/** A source of `system` that emits what it is posted as a Bundle of anything, and `more` of `spec.emits`. */
function configOf(system: string, entities: EntityOwnership[], emit: object = {}): AdapterConfig {
  const domain = aDataDomain({ ehr: ["clinic/ehr"] }, "care");
  const named = { ...domain, spec: { ...domain.spec, entities } };
  const resources = ["Patient", "Encounter", "AllergyIntolerance"];
  const visit = aContractVersion({ json: undefined, fhir: { release: "R4", resources } });
  const note = aContractVersion({ contract: "note" });
  const emits = [
    { contract: "visit", version: "1.0.0", ...emit },
    { contract: "note", version: "1.0.0", mapping: { version: "1", jsonata: `{ "code": "x" }` } },
  ];
  const { configs } = compile(byKind([named, visit, note, aSource(system, 2575, { emits })]));
  return configs.find(({ name }) => name === system) as AdapterConfig;
}

const transformOf = (config: AdapterConfig) => new Transform(config, Buffer.from("a key that only tests have"));
const original = (...resources: object[]) => ({
  body: Buffer.from(
    JSON.stringify({ resourceType: "Bundle", type: "collection", entry: resources.map((resource) => ({ resource })) }),
  ),
  dialect: "json" as const,
  event: "",
  receivedAt: 0,
  messageId: "m",
});
const normalise = (config: AdapterConfig, ...resources: object[]): Promise<Normalised[]> =>
  transformOf(config).apply(original(...resources), () => {});
const refusal = async (config: AdapterConfig, ...resources: object[]): Promise<ForeignField> => {
  const error: unknown = await normalise(config, ...resources).catch((refused: unknown) => refused);
  if (!(error instanceof ForeignField)) throw new Error("it was not refused");
  return error;
};

const PATIENT = { resourceType: "Patient", name: [{ family: "CANARY" }] };
const ALLERGY = { resourceType: "AllergyIntolerance", code: { text: "CANARY" } };
const ENCOUNTER = { resourceType: "Encounter", status: "finished" };

describe("of several conflicts in one message", () => {
  it.each([
    ["Reject", "Quarantine", "Reject"],
    ["Strip", "Reject", "Reject"],
    ["Strip", "Quarantine", "Quarantine"],
    ["Quarantine", "Quarantine", "Quarantine"],
  ] as const)("%s and %s: %s counts", async (patient, allergy, strictest) => {
    const config = configOf("billing", [owned("Patient", patient), owned("AllergyIntolerance", allergy)]);
    expect((await refusal(config, PATIENT, ALLERGY)).onConflict).toBe(strictest);
  });

  it("those that may be stripped all are, and other contracts of the same original are what they were", async () => {
    const config = configOf("billing", [owned("Patient", "Strip"), owned("AllergyIntolerance", "Strip")]);
    const [visit, note] = await normalise(config, ALLERGY, ENCOUNTER, PATIENT);
    expect(visit).toMatchObject({ stripped: ["AllergyIntolerance", "Patient"], isNothing: false });
    expect(visit?.payload).toEqual({ resourceType: "Bundle", type: "collection", entry: [{ resource: ENCOUNTER }] });
    expect(note).toMatchObject({ payload: { code: "x" }, stripped: [], isNothing: false });
  });
});

it("what is refused names rule, system, paths, owners and whom to ask, and nothing of the message", async () => {
  const entities = [owned("AllergyIntolerance", "Reject"), owned("Patient", "Strip", { "Patient.telecom": "portal" })];
  const { code, message } = await refusal(configOf("billing", entities), PATIENT, ALLERGY);
  expect(code).toBe("ForeignField");
  expect(message).toBe(
    "ownership/foreign-field: it says what the system billing does not own: AllergyIntolerance (ehr), Patient (ehr) by " +
      "DataDomain care, which care <care@hospital.example> answers for. Leave it out at the source or in the mapping, or " +
      "ask whom it belongs to",
  );
  const portal = await refusal(
    configOf("portal", [owned("Patient", "Reject", { "Patient.telecom": "portal" })]),
    PATIENT,
  );
  expect(portal.message).toContain("Patient (ehr) by");
  const ehr = await refusal(configOf("ehr", [owned("Patient", "Reject", { "Patient.telecom": "portal" })]), {
    ...PATIENT,
    telecom: [{ value: "CANARY" }],
  });
  expect(ehr.message).toContain("Patient.telecom (portal) by");
});

it("the key is that of all that was said, and what is stripped need not satisfy the contract", async () => {
  const key = "entry.resource.name.family";
  const config = configOf("billing", [owned("Patient", "Strip")], { key });
  const [visit] = await normalise(config, PATIENT, ENCOUNTER);
  expect(visit).toMatchObject({ keys: ["CANARY"], stripped: ["Patient"] });
  const strange = configOf("billing", [owned("Device", "Strip")]);
  expect((await normalise(strange, ENCOUNTER, { resourceType: "Device" }))[0]).toMatchObject({ stripped: ["Device"] });
});

describe("a sender is told no", () => {
  const asked = (config: AdapterConfig, ...resources: object[]) =>
    transformOf(config).rejection(() => original(...resources));

  it("where a message says what is to be rejected, and only there", async () => {
    const config = configOf("billing", [owned("AllergyIntolerance", "Reject"), owned("Patient", "Quarantine")]);
    expect(await asked(config, ALLERGY)).toBeInstanceOf(ForeignField);
    expect(await asked(config, PATIENT)).toBeUndefined();
    expect(await asked(config, ENCOUNTER)).toBeUndefined();
    expect(await asked(config, { resourceType: 1 })).toBeUndefined();
  });

  it("without a look at its message where nothing is to be rejected", async () => {
    const never = () => {
      throw new Error("it was looked at");
    };
    for (const entities of [[], [owned("Patient", "Quarantine")]])
      expect(await transformOf(configOf("billing", entities)).rejection(never)).toBeUndefined();
  });
});
