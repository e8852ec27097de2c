import { describe, expect, it } from "vitest";
import { PID, SAMPLES, adt, convert, sample } from "../../../../test/builders/adt.ts";
import { FasciaError } from "../../../base/errors.ts";
import { Message } from "../message.ts";

/**
 * Nothing that was sent disappears silently: every part of every field is in the Bundle, or the position is reported,
 * or the message is refused by that position. Asked of each position in turn, with values that no table has.
 */

const MAX_COMPONENT = 23;
/** Last field of each segment that has a mapping, in HL7 v2.9 and older. */
const LAST_FIELD = { MSH: 28, EVN: 7, PID: 40, PD1: 22, NK1: 41, PV1: 54, PV2: 50, AL1: 6, IN1: 55, MRG: 7 };

/** Fields that carry nothing for FHIR, by the documentation: set ids, the envelope, the event's name once more; MSH-9 is read as a whole. */
const IGNORED: Readonly<Record<string, number[]>> = {
  MSH: [1, 2, 5, 6, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25],
  EVN: [1],
  PID: [1],
  NK1: [1],
  PV1: [1],
  AL1: [1],
  IN1: [1],
};

/** What each segment needs beside, for its resource to be made. */
const BASE: Readonly<Record<string, string>> = {
  PID: PID,
  NK1: "NK1|1|Kin^Basis",
  PV1: "PV1|1|I|||||||||||||||||VISIT",
  AL1: "AL1|1||^Allergen",
  IN1: "IN1|1|PLAN|PAYER",
  MRG: "MRG|200^^^HOSP^MR",
};

const ORDER = ["PID", "PD1", "MRG", "NK1", "PV1", "PV2", "AL1", "IN1"];

/** An otherwise small message in which one field is replaced. */
function messageWith(segment: string, field: number, value: string): Message {
  const event = segment === "MRG" ? "A40" : "A08";
  const names = ORDER.filter((name) => name === "PID" || name === segment || (segment === "PV2" && name === "PV1"));
  const lines = names.map((name) => {
    const fields = (BASE[name] ?? name).split("|");
    if (name === segment) fields[field] = value;
    return Array.from(fields, (text) => text ?? "").join("|");
  });
  const message = adt(event, ...lines);
  if (segment !== "MSH" && segment !== "EVN") return message;
  const [msh = "", evn = "", ...rest] = Buffer.from(message.serialise()).toString().split("\r");
  const fields = (segment === "MSH" ? msh : evn).split("|");
  fields[segment === "MSH" ? field - 1 : field] = value;
  const changed = Array.from(fields, (text) => text ?? "").join("|");
  return Message.parse(
    Buffer.from([segment === "MSH" ? changed : msh, segment === "EVN" ? changed : evn, ...rest].join("\r")),
  );
}

/** Where the part went: `kept`, `reported` or `refused`; undefined if it is gone. */
function fate(message: Message, token: string, position: string): string | undefined {
  try {
    const { bundle, unmapped } = convert(message);
    if (JSON.stringify(bundle).includes(token)) return "kept";
    const field = position.split(".")[0] ?? "";
    const at = new Set(unmapped.map((line) => line.slice(0, line.indexOf(":"))));
    return [position, field, `${position}.1`].some((place) => at.has(place)) ? "reported" : undefined;
  } catch (error) {
    if (!(error instanceof FasciaError) || error.message.includes(token)) throw error;
    return error.message.startsWith(position.split(".")[0] ?? "") ? "refused" : undefined;
  }
}

describe.each(Object.entries(LAST_FIELD))("%s", (segment, last) => {
  const fields = Array.from({ length: last }, (_, index) => index + 1).filter((f) => !IGNORED[segment]?.includes(f));

  it("loses no component of any field", () => {
    const lost: string[] = [];
    for (const field of fields) {
      for (let component = 1; component <= MAX_COMPONENT; component++) {
        const position = component === 1 ? `${segment}-${field}` : `${segment}-${field}.${component}`;
        // The first component is there as well: much is only read beside it.
        const value = component === 1 ? "QZTOKEN" : `${first(segment, field)}${"^".repeat(component - 1)}QZTOKEN`;
        if (fate(messageWith(segment, field, value), "QZTOKEN", position) === undefined) lost.push(position);
      }
    }
    expect(lost).toEqual([]);
  });

  it("loses no subcomponent and no repetition of any field", () => {
    const lost: string[] = [];
    for (const field of fields) {
      for (const component of [1, 2, 3, 4, 6, 9]) {
        for (const subcomponent of [2, 3, 4]) {
          const lead = component === 1 ? "" : `${first(segment, field)}${"^".repeat(component - 1)}`;
          const message = messageWith(segment, field, `${lead}1${"&".repeat(subcomponent - 1)}QZTOKEN`);
          const positions = [`${segment}-${field}.${component}`, `${segment}-${field}.${component}.${subcomponent}`];
          if (!positions.some((position) => fate(message, "QZTOKEN", position))) lost.push(positions.join(" "));
        }
      }
      const repeated = `${first(segment, field)}~QZTOKEN`;
      if (fate(messageWith(segment, field, repeated), "QZTOKEN", `${segment}-${field}`) === undefined) {
        lost.push(`${segment}-${field} repeated`);
      }
    }
    expect(lost).toEqual([]);
  });
});

/** A first component that the field's data type takes. */
function first(segment: string, field: number): string {
  const known: Readonly<Record<string, string>> = {
    "PID-24": "Y",
    "PID-30": "Y",
    "PID-25": "1",
    "PV2-11": "1",
    "IN1-22": "1",
  };
  if (DATES.has(`${segment}-${field}`)) return "2026";
  return known[`${segment}-${field}`] ?? "1";
}

const DATES = new Set(
  "MSH-7 EVN-2 EVN-6 PID-7 PID-29 PID-33 NK1-8 NK1-9 NK1-16 PV1-44 PV1-45 PV2-8 PV2-9 AL1-6 IN1-12 IN1-13 IN1-18".split(
    " ",
  ),
);

describe("segments without mapping", () => {
  it.each(["DG1", "OBX", "GT1", "ZPD", "SFT", "ROL", "IN2", "MRG"])("%s is reported by name", (name) => {
    expect(convert(adt("A08", PID, `${name}|QZTOKEN`)).unmapped).toEqual([`${name}: segment not mapped`]);
  });
});

describe("bytes that are no character of the declared set", () => {
  it("are reported by the segment where they stand", () => {
    const bytes = Buffer.concat([adt("A08", `${PID}||Quarz`).serialise()]);
    bytes[bytes.indexOf("Quarz")] = 0xff;
    expect(convert(Message.parse(bytes)).unmapped).toEqual(["PID: bytes outside the declared character set"]);
  });
});

describe("what is reported", () => {
  it.each(SAMPLES)("of %s holds positions and our own words only", (name) => {
    const { unmapped } = convert(Message.parse(sample(name)));
    for (const line of unmapped) {
      expect(line).toMatch(
        /^[A-Z][A-Z0-9]{2}(-\d+(\.\d+){0,2})?: (segment|field|component|subcomponent|repetition|code) not mapped$/,
      );
    }
  });
});
