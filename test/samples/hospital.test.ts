import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile/compile.ts";
import { fromFhir } from "../../src/formats/hl7v2/fromfhir/index.ts";
import { fromSegmentsJson } from "../../src/formats/hl7v2/message.ts";
import { compileContract } from "../../src/mapping/contract.ts";
import { minimise } from "../../src/mapping/minimise.ts";
import { adapterOf, contractOf, evaluate, hospitalMessages, loadSample, METADATA, render } from "./sample.ts";

const resources = await loadSample("hospital");
const messages = await hospitalMessages();
const admission = contractOf(resources, "patient-admission");
const result = contractOf(resources, "eligibility-result");
const routeOf = (name: string) => {
  const event = resources.integrations.find(({ metadata }) => metadata.name === name)?.spec.event;
  if (event === undefined) throw new Error(`the sample has no integration ${name}`);
  return event;
};

/** What an adapter gets to see of a message. */
const seenBy = (name: string, payload: object) =>
  minimise(payload, admission, adapterOf(resources, name).spec.clearance, {
    token: (value) => `token-of-${value.length}`,
    at: Date.parse("2027-03-01T00:00:00Z"),
  });

const named = (file: string) => {
  const found = messages.find((message) => message.file === file);
  if (found === undefined) throw new Error(`the sample has no message ${file}`);
  return found;
};

interface Resource {
  resourceType: string;
  [element: string]: unknown;
}
const resourcesIn = (bundle: unknown, type: string): Resource[] =>
  (bundle as { entry: { resource: Resource }[] }).entry
    .map(({ resource }) => resource)
    .filter(({ resourceType }) => resourceType === type);

describe("The hospital sample", () => {
  test("resolves every reference", () => {
    expect(compile(resources).problems).toEqual([]);
  });

  test("has a message for each event that the EHR sends", () => {
    const events = messages.map(({ message }) => message.get("MSH-9.2"));
    expect(events).toEqual(adapterOf(resources, "ehr").spec.emits?.[0]?.events);
  });

  test.each(messages)("$file satisfies its contract", ({ bundle }) => {
    expect(() => compileContract(admission).validate(bundle)).not.toThrow();
  });

  test.each(messages)("$file is an HL7 v2.3 message to billing", ({ message, bundle }) => {
    const options = adapterOf(resources, "billing").spec.accepts?.[0]?.mapping?.fhirToHl7v2;
    if (options === undefined) throw new Error("billing has no such mapping");
    const event = message.get("MSH-9.2") ?? "";
    const rendered = fromFhir(seenBy("billing", bundle).payload, options, { controlId: "1", event, now: new Date(0) });
    expect(rendered.get("MSH-12")).toBe("2.3");
    expect(rendered.get("MSH-9.2")).toBe(event);
    expect(rendered.get("PID-3.1")).toBe(message.get("PID-3.1"));
  });
});

describe("The eligibility service", () => {
  const { filter, to } = routeOf("eligibility-check");
  const eligibility = adapterOf(resources, "eligibility");

  test.each(messages)("is asked about $file only if it tells of an insurance", async ({ message, bundle }) => {
    expect(await evaluate(filter, bundle)).toBe(message.get("IN1-3") !== undefined);
  });

  test("is asked a question that says no more than it needs", async () => {
    const { payload } = seenBy("eligibility", named("a01.hl7").bundle);
    expect(await render(eligibility, "patient-admission", payload)).toEqual({
      requestId: METADATA.messageId,
      patient: "ZQ7700101",
      visit: "ZQ5500101",
      payer: "QK770",
      memberId: "MEM7700101",
    });
  });

  test("is asked about the first of several insurances", async () => {
    const { payload } = seenBy("eligibility", named("a08.hl7").bundle);
    expect(await render(eligibility, "patient-admission", payload)).toMatchObject({ payer: "QK770" });
  });

  test.each([
    [{ eligible: true, validUntil: "2027-12-31" }, "Y", "20271231"],
    [{ eligible: false }, "N", undefined],
  ])("answers %j, which reaches billing as IN1-25 %s", async (answer, flag, until) => {
    const asked = { patient: "ZQ1", visit: "ZQ2", payer: "ZQ3", memberId: "ZQ4" };
    const payload = await evaluate(to[0]?.reply?.map, { ...asked, ...answer, requestId: "r", trace: "t" });
    expect(() => compileContract(result).validate(payload)).not.toThrow();
    const segments = await render(adapterOf(resources, "billing"), "eligibility-result", payload);
    const message = fromSegmentsJson(segments);
    expect(message.get("MSH-9.2")).toBe("A08");
    expect(message.get("PID-3.1")).toBe("ZQ1");
    expect(message.get("PV1-19.1")).toBe("ZQ2");
    expect(message.get("IN1-25")).toBe(flag);
    expect(message.get("IN1-26")).toBe("20270301");
    expect(message.get("IN1-13")).toBe(until);
  });
});

describe("The patient app", () => {
  test.each(messages)("gets nothing of $file that it is not cleared for", ({ bundle }) => {
    const { payload } = seenBy("patient-app", bundle);
    const [patients, relatives] = [resourcesIn(payload, "Patient"), resourcesIn(payload, "RelatedPerson")];
    expect(patients.filter((patient) => "extension" in patient || "contact" in patient)).toEqual([]);
    expect(relatives.filter((relative) => "telecom" in relative || "address" in relative)).toEqual([]);
    expect(resourcesIn(payload, "AllergyIntolerance").filter((allergy) => "reaction" in allergy)).toEqual([]);
    expect(resourcesIn(payload, "Encounter").filter((encounter) => "reasonCode" in encounter)).toEqual([]);
    for (const type of ["Patient", "Coverage"]) {
      expect(JSON.stringify(resourcesIn(payload, type))).not.toMatch(/"(value|subscriberId)":"(ZQ|MEM|Q97)/);
    }
  });

  test("gets who and what it is about", () => {
    const { payload } = seenBy("patient-app", named("a01.hl7").bundle);
    const [patient] = resourcesIn(payload, "Patient");
    expect(patient).toHaveProperty("name");
    expect(patient).toHaveProperty("birthDate", "1931-03-07");
    expect(resourcesIn(payload, "AllergyIntolerance")[0]).toHaveProperty("code");
  });
});

describe("The audit feed", () => {
  const audit = adapterOf(resources, "audit");

  test("counts what a message carries", async () => {
    const { payload } = seenBy("audit", named("a08.hl7").bundle);
    expect(await render(audit, "patient-admission", payload)).toEqual({
      at: METADATA.receivedAt,
      messageId: METADATA.messageId,
      correlationId: METADATA.correlationId,
      source: METADATA.source,
      contract: METADATA.contract,
      version: METADATA.version,
      event: METADATA.event,
      resources: { Patient: 1, RelatedPerson: 3, Encounter: 1, AllergyIntolerance: 2, Coverage: 2, Provenance: 1 },
    });
  });

  test.each(messages)("says nothing of what $file says", async ({ message, bundle }) => {
    const line = JSON.stringify(await render(audit, "patient-admission", seenBy("audit", bundle).payload));
    const texts = message
      .toJson()
      .flatMap(({ segment, ...values }) => (segment === "MSH" ? [] : Object.values(values)));
    const told = texts.filter((text) => text.length >= 4 && line.includes(text));
    expect(told).toEqual([]);
  });
});
