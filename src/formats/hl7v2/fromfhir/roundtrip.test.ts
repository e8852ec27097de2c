import { describe, expect, it } from "vitest";
import { SAMPLES, convert, sample } from "../../../../test/builders/adt.ts";
import type { Bundle } from "../../fhir/types.ts";
import { Message } from "../message.ts";
import { fromFhir } from "./index.ts";

const CONTEXT = { controlId: "B1", now: new Date("2026-03-20T10:00:00Z") };
const OPTIONS = { version: "2.5.1", sendingApplication: "FASCIA" } as const;

const back = (bundle: Bundle, version: "2.3" | "2.5.1" = "2.5.1"): Message =>
  Message.parse(fromFhir(JSON.parse(JSON.stringify(bundle)), { ...OPTIONS, version }, CONTEXT).serialise());

/** Values of a message by path, without fields that are the message's own. */
function values(message: Message): Map<string, string> {
  const result = new Map<string, string>();
  const seen = new Map<string, number>();
  for (const segment of message.segments) {
    const occurrence = seen.get(segment.name) ?? 0;
    seen.set(segment.name, occurrence + 1);
    for (let field = 1; field <= segment.fieldCount; field++) {
      segment.field(field).repetitions.forEach((repetition, index) => {
        repetition.components.forEach((component, at) => {
          component.subcomponents.forEach((text, sub) => {
            const path = `${segment.name}[${occurrence}]-${field}[${index}].${at + 1}.${sub + 1}`;
            if (text !== "") result.set(path, text);
          });
        });
      });
    }
  }
  return result;
}

/** What does not come back, each for a reason. */
const GONE: [path: RegExp, why: string][] = [
  [/^MSH/, "the envelope is the new sender's"],
  [/^(ZPD|DG1|OBX|GT1|PD1)/, "segments that are not written"],
  [/^PV2\[0\]-12/, "narrative is for people"],
  [
    /^PV2\[0\]-38\[0\]\.[23]|^PV1\[0\]-(4|10|36)\[0\]\.[23]|^IN1\[\d\]-15\[0\]\.[23]/,
    "fields of data type IS have only a code",
  ],
  [/^AL1\[\d\]-[24]\[0\]\.[23]/, "texts and table names of codes that FHIR has as codes"],
  [/^PID\[0\]-6/, "one text in FHIR"],
  [/^PID\[0\]-18/, "the account is the visit's"],
];

/** HL7 times with seconds and offset, to compare those that were written without. */
function comparable(text: string): string {
  const match = /^(\d{8})(\d{4})(\d\d)?([+-]\d{4})?$/.exec(text);
  return match ? `${match[1]}${match[2]}${match[3] ?? "00"}` : text;
}

describe.each(SAMPLES)("%s", (name) => {
  const original = Message.parse(sample(name));
  const { bundle } = convert(original);

  it("comes back from FHIR as HL7 v2.5.1 with every value that FHIR carries", () => {
    const written = values(back(bundle));
    const missing = [...values(original)].filter(([path, text]) => {
      if (GONE.some(([pattern]) => pattern.test(path)))
        return name === "a01" && path.startsWith("PID[0]-18") && !written.has(path);
      return comparable(written.get(path) ?? "") !== comparable(text);
    });
    expect(missing).toEqual([]);
  });

  it("becomes the same FHIR again", () => {
    const again = convert(back(bundle), { source: "default/ehr" }).bundle;
    expect(resources(again)).toEqual(resources(bundle));
  });

  it("is an ADT message of the same event in both versions", () => {
    const event = name.toUpperCase();
    const structure = { A01: "ADT_A01", A03: "ADT_A03", A40: "ADT_A39" }[event] ?? "ADT_A01";
    expect(back(bundle).header.field(9).raw).toBe(`ADT^${event}^${structure}`);
    expect(back(bundle, "2.3").header.field(9).raw).toBe(`ADT^${event}`);
  });
});

/** Resources but Provenance, without what HL7 v2 has no fields for and the segments that are not written. */
function resources(bundle: Bundle): unknown[] {
  const all = JSON.parse(JSON.stringify(bundle)) as { entry: { resource: Record<string, unknown> }[] };
  return all.entry
    .map(({ resource }) => resource)
    .filter(({ resourceType }) => resourceType !== "Provenance")
    .map(comparableResource);
}

function comparableResource(resource: Record<string, unknown>): unknown {
  const { text: _narrative, generalPractitioner: _doctors, contained, ...rest } = resource;
  const kept = resource["resourceType"] === "Patient" ? rest : { ...rest, contained };
  return JSON.parse(
    JSON.stringify(kept, (key, value: unknown) => {
      // Texts of codes that stand in fields of data type IS, and systems that only their sender knows.
      if (key === "display" || key === "type" || key === "serviceType") return undefined;
      return value;
    }),
  );
}
