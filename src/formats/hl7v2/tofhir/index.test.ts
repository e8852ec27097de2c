import { describe, expect, it } from "vitest";
import {
  CONTEXT,
  PID,
  SAMPLES,
  adt,
  convert,
  resourcesIn,
  resourcesOf,
  sample,
} from "../../../../test/builders/adt.ts";
import { checkBundle, patientKeys, resourceUuid } from "../../fhir/bundle.ts";
import { Message } from "../message.ts";

const RESOURCES = ["Patient", "Encounter", "Coverage", "AllergyIntolerance", "RelatedPerson", "Provenance"];
const typesOf = (message: Message): (string | undefined)[] =>
  convert(message).bundle.entry?.map((entry) => entry.resource?.resourceType) ?? [];

describe("the sample messages", () => {
  it.each([
    ["a01", ["Patient", "RelatedPerson", "Encounter", "AllergyIntolerance", "Coverage", "Provenance"]],
    ["a03", ["Patient", "Encounter", "Provenance"]],
    ["a04", ["Patient", "Encounter", "AllergyIntolerance", "Provenance"]],
    [
      "a08",
      [
        "Patient",
        "RelatedPerson",
        "RelatedPerson",
        "Encounter",
        "AllergyIntolerance",
        "AllergyIntolerance",
        "Coverage",
        "RelatedPerson",
        "Coverage",
        "Provenance",
      ],
    ],
    ["a40", ["Patient", "Patient", "Provenance"]],
  ] as const)("%s becomes its resources, Patient first and Provenance last", (name, types) => {
    expect(typesOf(Message.parse(sample(name)))).toEqual(types);
  });

  it.each(SAMPLES)("%s is a Bundle of the contract's six types, with its ordering keys", (name) => {
    const { bundle, keys } = convert(Message.parse(sample(name)));
    expect(() => checkBundle(bundle, RESOURCES)).not.toThrow();
    expect(patientKeys(bundle)).toEqual(keys);
  });

  it.each(SAMPLES)(
    "%s is a transaction of PUTs by id, whose references lead within it or to a contained resource",
    (name) => {
      const { bundle } = convert(Message.parse(sample(name)));
      const ids = new Set<string>();
      for (const { fullUrl, resource, request } of bundle.entry ?? []) {
        const url = `${resource?.resourceType}/${resource?.id}`;
        expect(request).toEqual({ method: "PUT", url });
        expect(fullUrl).toBe(`urn:uuid:${resource?.id}`);
        expect(ids.has(url)).toBe(false);
        ids.add(url);
      }
      for (const { resource } of bundle.entry ?? []) {
        const contained = (resource as { contained?: { id: string }[] }).contained ?? [];
        const known = new Set([...ids, ...contained.map(({ id }) => `#${id}`)]);
        for (const [, reference] of JSON.stringify(resource).matchAll(/"reference":"([^"]*)"/g)) {
          expect(known).toContain(reference);
        }
      }
    },
  );

  it.each(SAMPLES)("%s gives the same bytes each time, and has nothing undefined or empty", (name) => {
    const once = convert(Message.parse(sample(name)), { receivedAt: new Date(1) }).bundle;
    const again = convert(Message.parse(sample(name)), { receivedAt: new Date(2) }).bundle;
    expect(JSON.stringify(again)).toBe(JSON.stringify(once));
    expect(JSON.parse(JSON.stringify(once))).toStrictEqual(once);
    expect(JSON.stringify(once)).not.toMatch(/\[\]|\{\}|""/);
  });
});

describe("message types", () => {
  it.each(["ADT^A02", "ORU^R01", "ADT", "", "A01"])("refuses %s as unmapped, without quoting it", (type) => {
    const message = Message.parse(Buffer.from(`MSH|^~\\&|EHR|HOSP|||20260314||${type}|C1|P|2.5.1\r${PID}\r`));
    const refused = { code: "Hl7v2Unmapped", message: expect.stringContaining("ADT A01, A03, A04, A08, A40") };
    expect(() => convert(message)).toThrow(expect.objectContaining(refused));
  });

  it("takes the event of EVN where MSH-9 names none", () => {
    const message = Message.parse(
      Buffer.from(`MSH|^~\\&|EHR|HOSP|||20260314||ADT|C1|P|2.2\rEVN|A08|20260314\r${PID}\r`),
    );
    expect(resourcesIn(convert(message).bundle, "Provenance")[0]?.activity?.coding?.[0]?.code).toBe("A08");
  });
});

describe("a message that cannot be converted", () => {
  it.each([
    ["no PID", adt("A08", "PV1|1|I"), "PV1: must stand after PID"],
    ["no PID at all", adt("A08"), "PID: is missing"],
    ["a second PID", adt("A08", PID, PID), "PID[1]: a message of this event has one PID"],
    ["a second PV1", adt("A08", PID, "PV1|1|I", "PV1|2|I"), "PV1[1]: stands once for each PID"],
    ["no patient identifier", adt("A08", "PID|1||^^^HOSP^MR||Quarz"), "PID-3: holds no patient identifier"],
    ["an allergy to nothing", adt("A08", PID, "AL1|1|DA"), "AL1-3: names no allergen"],
    ["a merge without MRG", adt("A40", PID), "MRG: is missing"],
    ["a merge with nobody", adt("A40", PID, "MRG||"), "MRG-1: holds no patient identifier"],
    ["a merge with oneself", adt("A40", PID, "MRG|100^^^HOSP^MR"), "MRG-1: names the patient of PID-3 itself"],
    ["no control id", adt("A08", PID).set("MSH-10", ""), "MSH-10: holds no message control id"],
  ])("is refused by segment and field: %s", (_what, message, problem) => {
    const refused = { code: "Hl7v2Invalid", message: expect.stringContaining(problem) };
    expect(() => convert(message)).toThrow(expect.objectContaining(refused));
  });
});

describe("resource ids", () => {
  const id = (
    type: "Patient" | "Encounter" | "AllergyIntolerance" | "Coverage" | "RelatedPerson",
    ...segments: string[]
  ) => resourcesOf(type, ...segments).map((resource) => resource.id);

  it("are made of resource type, assigner and identifier", () => {
    expect(id("Patient")).toEqual([CONTEXT.resourceId("Patient", "HOSP", "100")]);
    expect(id("Encounter", "PV1|1|I|||||||||||||||||V1^^^HOSP")).toEqual([
      CONTEXT.resourceId("Encounter", "HOSP", "V1"),
    ]);
  });

  it("stay the same when other identifiers, order and details change", () => {
    const [patient] = id("Patient");
    expect(id("Patient", "PID|1||9^^^GKV^NH~100^^^HOSP^MR||Quarz^Theo")).toEqual([patient]);
    expect(id("Patient", "PID|1|100^^^HOSP^MR")).toEqual([patient]);
  });

  it("keep patients of two senders apart who name no assigner", () => {
    const of = (source: string) => resourcesIn(convert(adt("A08", "PID|1||100"), { source }).bundle, "Patient")[0]?.id;
    expect(of("default/ehr")).toBe(CONTEXT.resourceId("Patient", "default/ehr", "100"));
    expect(of("default/other")).not.toBe(of("default/ehr"));
  });

  it("of a visit come from the first there is of: visit number, alternate id, account, admission, class", () => {
    const visit = (account: string, number: string, alternate: string, admission: string): string | undefined => {
      const pv1 = ["PV1", "1", "I", ...Array(16).fill(""), number, ...Array(24).fill(""), admission];
      while (pv1.length < 50) pv1.push("");
      pv1.push(alternate);
      return id("Encounter", `PID|1||100^^^HOSP^MR|||||||||||||||${account}`, pv1.join("|"))[0];
    };
    const patient = `Patient/${CONTEXT.resourceId("Patient", "HOSP", "100")}`;
    expect(visit("A1^^^H", "V1^^^H", "X1^^^H", "20260314")).toBe(CONTEXT.resourceId("Encounter", "H", "V1"));
    expect(visit("A1^^^H", "", "X1^^^H", "20260314")).toBe(CONTEXT.resourceId("Encounter", "H", "X1"));
    expect(visit("A1^^^H", "", "", "20260314")).toBe(CONTEXT.resourceId("Encounter", "H", "A1"));
    expect(visit("", "V1", "", "20260314")).toBe(CONTEXT.resourceId("Encounter", patient, "V1"));
    expect(visit("", "", "", "20260314")).toBe(CONTEXT.resourceId("Encounter", patient, "start", "2026-03-14"));
    expect(visit("", "", "", "")).toBe(CONTEXT.resourceId("Encounter", patient, "class", "IMP"));
  });

  it("of next of kin, allergies and insurances do not depend on their order", () => {
    const kin = ["NK1|1|Quarz^Theo|SPO", "NK1|2|Quarz^Apollonia|CHD"];
    expect(id("RelatedPerson", ...kin.toReversed()).toSorted()).toEqual(id("RelatedPerson", ...kin).toSorted());
    const allergies = ["AL1|1|DA|1^Penicillin", "AL1|2|FA|^Haselnuss"];
    expect(id("AllergyIntolerance", ...allergies.toReversed())).toEqual(
      id("AllergyIntolerance", ...allergies).toReversed(),
    );
    const insurances = ["IN1|1|GOLD|QK1", "IN1|2|GOLD|QK2"];
    expect(id("Coverage", ...insurances.toReversed())).toEqual(id("Coverage", ...insurances).toReversed());
  });

  it("of two segments that say the same are told apart by their order", () => {
    const ids = id("AllergyIntolerance", "AL1|1|DA|1^Penicillin", "AL1|2|DA|1^Penicillin");
    expect(new Set(ids).size).toBe(2);
    expect(id("AllergyIntolerance", "AL1|1|DA|1^Penicillin")).toEqual([ids[0]]);
  });

  it("are not to be found out without the key", () => {
    const other = convert(adt("A08", PID), { resourceId: (...parts) => resourceUuid(Buffer.from("other"), ...parts) });
    expect(resourcesIn(other.bundle, "Patient")[0]?.id).not.toBe(id("Patient")[0]);
  });
});

describe("a merge", () => {
  it("links the Patient who remains and the one who is replaced, and has both keys", () => {
    const { bundle, keys } = convert(adt("A40", PID, "MRG|200^^^HOSP^MR||||||Quarz^Theo"));
    const [current, prior] = resourcesIn(bundle, "Patient");
    expect(keys).toEqual(["HOSP|100", "HOSP|200"]);
    expect(current?.link).toEqual([{ other: { reference: `Patient/${prior?.id}` }, type: "replaces" }]);
    expect(current?.active).toBeUndefined();
    expect(prior).toMatchObject({
      id: CONTEXT.resourceId("Patient", "HOSP", "200"),
      identifier: [{ value: "200" }],
      active: false,
      name: [{ family: "Quarz", given: ["Theo"] }],
      link: [{ other: { reference: `Patient/${current?.id}` }, type: "replaced-by" }],
    });
  });

  it("of several records into one makes one Patient of the one", () => {
    const { bundle, keys } = convert(adt("A40", PID, "MRG|200^^^HOSP^MR", PID, "MRG|300^^^HOSP^MR"));
    expect(keys).toEqual(["HOSP|100", "HOSP|200", "HOSP|300"]);
    expect(resourcesIn(bundle, "Patient").map(({ link }) => link?.map(({ type }) => type))).toEqual([
      ["replaces", "replaces"],
      ["replaced-by"],
      ["replaced-by"],
    ]);
  });
});

describe("Provenance", () => {
  const provenance = (message: Message, context = {}) => resourcesIn(convert(message, context).bundle, "Provenance")[0];

  it("names the sender, the mapping and its version, the message, and every other resource as target", () => {
    const { bundle } = convert(Message.parse(sample("a01")), { mappingVersion: "7" });
    const [result] = resourcesIn(bundle, "Provenance");
    expect(result?.target.map(({ reference }) => reference)).toEqual(
      bundle.entry?.slice(0, -1).map(({ request }) => request?.url),
    );
    expect(result?.agent.map(({ type, who }) => [type?.coding?.[0]?.code, who.display, who.identifier?.value])).toEqual(
      [
        ["author", "WALDKLINIK", "urn:oid:2.16.840.1.113883.19.77"],
        ["assembler", "Fascia", "7"],
        ["enterer", "Zenobia Zettelkasten", "OPQ77123"],
      ],
    );
    expect(result?.entity?.map(({ what }) => what.identifier?.value ?? what.display)).toEqual(["ZQ2603140001", "EHR"]);
    expect(result).toMatchObject({
      activity: { coding: [{ code: "A01" }], text: "ADT^A01^ADT_A01" },
      occurredDateTime: "2026-03-14T09:00:00+01:00",
    });
  });

  it("is recorded when EVN-2 says, else when MSH-7 says, else when the message was received", () => {
    expect(provenance(adt("A08", PID))?.recorded).toBe("2026-03-14T09:14:00+01:00");
    expect(provenance(adt("A08", PID).set("EVN-2", ""))?.recorded).toBe("2026-03-14T09:15:00+01:00");
    expect(provenance(adt("A08", PID).set("EVN-2", "20260314").set("MSH-7", ""))?.recorded).toBe(
      "2026-03-14T08:00:00.000Z",
    );
  });

  it("is another one for another message, and the same for a repeated one", () => {
    const id = (message: Message) => provenance(message)?.id;
    expect(id(adt("A08", PID))).toBe(id(adt("A08", PID)));
    expect(id(adt("A08", PID).set("MSH-10", "C2"))).not.toBe(id(adt("A08", PID)));
    expect(id(adt("A08", PID).set("MSH-7", "20270101"))).not.toBe(id(adt("A08", PID)));
  });

  it("names the reason of the event and, without facility, the application that sent it", () => {
    const message = adt("A08", PID).set("MSH-4", "").set("EVN-4", "01");
    expect(provenance(message)?.reason?.[0]?.coding?.[0]).toMatchObject({ code: "PATRQT" });
    expect(provenance(message)?.agent[0]?.who).toEqual({ type: "Device", display: "EHR" });
  });
});
