import { describe, expect, it } from "vitest";
import { convert, sample } from "../../../../test/builders/adt.ts";
import { Message } from "../message.ts";
import { type FromFhirContext, type FromFhirOptions, fromFhir } from "./index.ts";

const OPTIONS: FromFhirOptions = { version: "2.5.1", sendingApplication: "FASCIA" };
const CONTEXT: FromFhirContext = { controlId: "B1", now: new Date("2026-03-20T10:00:00.123Z") };
const PATIENT = { resourceType: "Patient", id: "p", identifier: [{ value: "100", assigner: { display: "HOSP" } }] };
const CANARY = "Quarzenstein";

const bundle = (...resources: object[]): unknown => ({
  resourceType: "Bundle",
  type: "collection",
  entry: resources.map((resource) => ({ resource })),
});

function render(
  resources: object[],
  options: Partial<FromFhirOptions> = {},
  context: Partial<FromFhirContext> = {},
): Message {
  const written = fromFhir(bundle(...resources), { ...OPTIONS, ...options }, { ...CONTEXT, ...context });
  return Message.parse(written.serialise());
}
const event = (resources: object[], asked?: string): string | undefined =>
  render(resources, {}, asked === undefined ? {} : { event: asked }).get("MSH-9.2");

describe("the header", () => {
  it("names sender, receiver, event, control id, time and version", () => {
    const options = { sendingFacility: "HUB", receivingApplication: "BILLING", receivingFacility: "FINANCE" };
    const msh = render([PATIENT], options).header;
    expect([3, 4, 5, 6, 7, 9, 10, 11, 12].map((field) => msh.field(field).raw)).toEqual([
      "FASCIA",
      "HUB",
      "BILLING",
      "FINANCE",
      "20260320100000+0000",
      "ADT^A08^ADT_A01",
      "B1",
      "P",
      "2.5.1",
    ]);
  });

  it("has no message structure in HL7 v2.3", () => {
    expect(render([PATIENT], { version: "2.3" }).header.field(9).raw).toBe("ADT^A08");
  });

  it("refuses a control id that HL7 has no room for", () => {
    const refused = { code: "Hl7v2Invalid", message: expect.stringContaining("MSH-10") };
    expect(() => render([PATIENT], {}, { controlId: "x".repeat(21) })).toThrow(expect.objectContaining(refused));
    expect(render([PATIENT], {}, { controlId: "x".repeat(20) }).get("MSH-10")).toHaveLength(20);
  });
});

describe("the event", () => {
  const encounter = (status: string, code: string) => ({ resourceType: "Encounter", status, class: { code } });
  const prior = {
    resourceType: "Patient",
    id: "q",
    link: [{ type: "replaced-by", other: { reference: "Patient/p" } }],
  };

  it.each(["A01", "A03", "A04", "A08"])("is %s where it is asked for", (asked) => {
    expect(event([PATIENT, encounter("planned", "AMB")], asked)).toBe(asked);
  });

  it.each([
    ["in-progress", "IMP", "A01"],
    ["in-progress", "EMER", "A04"],
    ["arrived", "AMB", "A04"],
    ["finished", "IMP", "A03"],
    ["planned", "IMP", "A08"],
  ])("is told by the visit where nothing else does: %s %s is %s", (status, code, expected) => {
    expect(event([PATIENT, encounter(status, code)], "message")).toBe(expected);
  });

  it("is a merge where a Patient was replaced, and an update without a visit", () => {
    expect(event([PATIENT, prior])).toBe("A40");
    expect(event([PATIENT])).toBe("A08");
  });

  it("is what Provenance says before that", () => {
    const provenance = { resourceType: "Provenance", activity: { coding: [{ code: "A08" }] } };
    expect(event([PATIENT, encounter("in-progress", "IMP"), provenance])).toBe("A08");
  });
});

describe("a merge", () => {
  it("has PID of the Patient who remains and MRG of the one who was replaced, wherever they stand", () => {
    const prior = {
      resourceType: "Patient",
      id: "q",
      identifier: [{ value: "200" }],
      name: [{ family: "Alt" }],
      link: [{ type: "replaced-by", other: { reference: "https://fhir.example/Patient/p" } }],
    };
    const message = render([prior, PATIENT]);
    expect([message.get("PID-3"), message.get("MRG-1"), message.get("MRG-7")]).toEqual(["100", "200", "Alt"]);
    expect(message.segments.map(({ name }) => name)).toEqual(["MSH", "EVN", "PID", "MRG"]);
  });

  it("of several has PID and MRG for each", () => {
    const prior = (id: string) => ({
      resourceType: "Patient",
      identifier: [{ value: id }],
      link: [{ type: "replaced-by", other: { reference: "Patient/p" } }],
    });
    const message = render([PATIENT, prior("200"), prior("300")]);
    expect(message.segmentsNamed("MRG").map((mrg) => mrg.text(1))).toEqual(["200", "300"]);
    expect(message.segmentsNamed("PID")).toHaveLength(2);
  });
});

describe("HL7 v2.3", () => {
  it("has no subcomponents in names, and codes alone where it has data type IS", () => {
    const { bundle } = convert(Message.parse(sample("a01")));
    const message = fromFhir(bundle, { ...OPTIONS, version: "2.3" }, CONTEXT);
    expect(message.segment("PID")?.field(5).raw).not.toContain("&");
    expect(message.segment("IN1")?.field(17).raw).toBe("SEL");
    expect(message.segment("EVN")?.field(7).isEmpty).toBe(true);
  });
});

describe("a Bundle of others", () => {
  it("needs no more than a Patient", () => {
    const message = render([PATIENT]);
    expect(message.segments.map(({ name }) => name)).toEqual(["MSH", "EVN", "PID", "PV1"]);
    expect(message.segment("PID")?.field(3).raw).toBe("100^^^HOSP");
    expect(message.segment("PV1")?.field(2).raw).toBe("N");
    expect(message.get("EVN-2")).toBe("20260320100000+0000");
  });

  it("may name people and places only by reference, and resources by urn", () => {
    const payor = { resourceType: "Organization", name: "Kasse", identifier: [{ value: "K1" }] };
    const coverage = {
      resourceType: "Coverage",
      payor: [{ reference: "urn:uuid:1" }],
      subscriber: { reference: "urn:uuid:2" },
    };
    const encounter = {
      resourceType: "Encounter",
      status: "in-progress",
      class: { code: "IMP" },
      participant: [
        { type: [{ coding: [{ code: "ATND" }] }], individual: { display: "Dr. Kraut", identifier: { value: "7" } } },
      ],
      location: [{ location: { display: "Station 3" }, status: "active" }],
    };
    const all = bundle(PATIENT, coverage, encounter) as { entry: object[] };
    const entry = [...all.entry, { fullUrl: "urn:uuid:1", resource: payor }];
    const message = fromFhir({ ...all, entry }, OPTIONS, CONTEXT);
    expect([message.get("IN1-3"), message.get("IN1-4")]).toEqual(["K1", "Kasse"]);
    expect(message.segment("PV1")?.field(7).raw).toBe("7^Dr. Kraut");
    expect(message.get("PV1-3")).toBe("Station 3");
  });

  it("may code in systems of its own, which HL7 then has for the codes it knows", () => {
    const v3 = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus";
    const married = (coding: object[]) =>
      render([{ ...PATIENT, maritalStatus: { coding } }])
        .segment("PID")
        ?.field(16).raw;
    expect(
      married([
        { system: "http://snomed.info/sct", code: "87915002", display: "Married" },
        { system: v3, code: "M" },
      ]),
    ).toBe("M^^HL70002^87915002^Married^SCT");
    expect(married([{ system: "urn:oid:1.2.3", code: "verh" }])).toBe("verh");
  });

  it("has delimiters in its texts escaped", () => {
    const message = render([{ ...PATIENT, name: [{ family: "A|B^C&D~E\\F" }] }]);
    expect(message.get("PID-5")).toBe("A|B^C&D~E\\F");
  });

  it.each([
    ["Z", "20260314080000.1234+0000"],
    ["+05:45", "20260314080000.1234+0545"],
  ])("has times with the offset %s", (offset, expected) => {
    expect(render([{ ...PATIENT, deceasedDateTime: `2026-03-14T08:00:00.123456${offset}` }]).get("PID-29")).toBe(
      expected,
    );
  });

  it("leaves out next of kin who only hold the insurance", () => {
    const insured = { resourceType: "RelatedPerson", id: "r", name: [{ family: "Balt" }] };
    const coverage = { resourceType: "Coverage", subscriber: { reference: "RelatedPerson/r" } };
    const message = render([PATIENT, insured, coverage]);
    expect([message.segment("NK1"), message.get("IN1-16")]).toEqual([undefined, "Balt"]);
  });
});

describe("what cannot be rendered", () => {
  const refused: [what: string, value: unknown, problem: string][] = [
    ["no Bundle", { resourceType: "Patient", name: CANARY }, "Bundle.resourceType: must be Bundle"],
    ["no Patient", bundle({ resourceType: "Encounter" }), "Bundle: has no Patient"],
    ["a name that is none", bundle({ ...PATIENT, name: CANARY }), "Bundle.entry[0].resource.name: must be an array"],
    ["a date that is none", bundle({ ...PATIENT, birthDate: CANARY }), "resource.birthDate: is no FHIR date"],
  ];
  it.each(refused)("is refused by its path, without its content: %s", (_what, value, problem) => {
    const rendered = (): unknown => fromFhir(value, OPTIONS, CONTEXT);
    expect(rendered).toThrow(
      expect.objectContaining({ code: "FhirInvalid", message: expect.stringContaining(problem) }),
    );
    expect(rendered).not.toThrow(CANARY);
  });

  it("is a merge without a replaced Patient", () => {
    expect(() => render([PATIENT], {}, { event: "A40" })).toThrow(/a merge \(A40\) has a Patient with a link/);
  });
});

it("ends where places are part of each other in a circle", () => {
  const encounter = {
    resourceType: "Encounter",
    status: "planned",
    class: { code: "AMB" },
    location: [{ location: { reference: "#a" } }],
    contained: [{ resourceType: "Location", id: "a", name: "A", partOf: { reference: "#a" } }],
  };
  expect(render([PATIENT, encounter]).get("PV1-3")).toBe("A");
});
