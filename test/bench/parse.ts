import { Hl7Message } from "@medplum/core";
import { readHeader } from "../../src/formats/hl7v2/header.ts";
import { Message } from "../../src/formats/hl7v2/message.ts";
import type { BenchRow } from "./row.ts";

/** An admission in ten segments, of invented people. */
const ADMISSION = [
  "MSH|^~\\&|EHR^1.2.3^ISO|GENERAL^^L|HUB|GROUP|20261114083000+0100||ADT^A01^ADT_A01|MSG00001|P|2.5.1|||AL|NE|DEU|UNICODE UTF-8",
  "EVN|A01|20261114083000+0100|||1234^Clerk^Cora^^^^^^HOSP^L",
  "PID|1||100001^^^HOSP^MR~999-00-1111^^^SSA^SS||Example^Erika^Maria^^Dr.^^L~Sample^Erika^^^^^M||19800212|F|||Musterweg 12^^Beispielstadt^BY^80331^DEU^H||^PRN^PH^^49^89^5550100~^NET^Internet^erika@example.test|^WPN^PH^^49^89^5550101|deu|M|RCA|ACC0001^^^HOSP^AN",
  "PD1|||GENERAL^^1001|2001^Hausarzt^Hans^^^Dr.^^^HOSP",
  "NK1|1|Example^Emil^^^^^L|SPO^Spouse^HL70063|Musterweg 12^^Beispielstadt^BY^80331^DEU|^PRN^PH^^49^89^5550102",
  "PV1|1|I|3W^312^1^GENERAL^^N|E|||3001^Arzt^Anna^^^Dr.^^^HOSP^L^^^DN|3002^Zweit^Zoe^^^^^^HOSP||MED||||7|||3001^Arzt^Anna^^^Dr.^^^HOSP|IP|V0001^^^HOSP^VN|SELF|||||||||||||||||||||||||20261114083000+0100",
  "PV2|||R07.9^Chest pain^I10||||||20261118",
  "AL1|1|DA|70618^Penicillin^RxNorm|SV|Rash~Hives|20100101",
  "DG1|1||R07.9^Chest pain, unspecified^I10||20261114|A",
  "IN1|1|PPO^Preferred^L|INS01^^^PAYER|Example Insurance|PO Box 1^^Beispielstadt^BY^80331||^WPN^PH^^49^89^5550103|G100||||20260101|20261231|||Example^Erika^Maria|SEL|19800212|Musterweg 12^^Beispielstadt^BY^80331|||1||||||||||||||POL0001",
]
  .map((segment) => `${segment}\r`)
  .join("");

/** Many of them, each with its own control id, so that no engine can answer from a cache of strings. */
const TEXTS = Array.from({ length: 64 }, (_text, i) =>
  ADMISSION.replace("MSG00001", `MSG${String(i).padStart(5, "0")}`),
);
const MESSAGES = TEXTS.map((text) => Buffer.from(text, "utf8"));
let turn = 0;

function nextText(): string {
  return TEXTS[turn++ % TEXTS.length] as string;
}

function nextBytes(): Buffer {
  return MESSAGES[turn++ % MESSAGES.length] as Buffer;
}

const PASSES = 7;
const PASS_MS = 150;

/** Parse and serialise, against @medplum/core in the same process. Both are lazy, so there are rows with the values read as well. */
export async function parseBench(): Promise<BenchRow[]> {
  return [
    compare("HL7 v2 parse + serialise", parseAndSerialise, "Hl7Message.parse(text).toString()", medplumText, {
      goal: 10,
      note: "both lazy: the baseline cuts lines and returns the text it was given, ours reads the delimiters",
    }),
    compare("HL7 v2 parse + check every segment + serialise", parseCheckAndSerialise, "the first row's", medplumText),
    compare("HL7 v2 parse + serialise, bytes to bytes", parseAndSerialise, "the same, from and to bytes", medplumBytes),
    compare("HL7 v2 parse, change PID-5, serialise", parseAndChange, "the same", medplumChange),
    compare(
      "HL7 v2 parse, read every value, serialise",
      parseAndReadAll,
      "the same, without unescaping",
      medplumReadAll,
    ),
    { name: "HL7 v2 header alone", value: rate(() => readHeader(nextBytes()).controlId.length), unit: "messages/s" },
  ];
}

function compare(
  name: string,
  ours: () => number,
  baselineName: string,
  theirs: () => number,
  more: Pick<BenchRow, "goal" | "note"> = {},
): BenchRow {
  const [value, baseline] = rates(ours, theirs);
  return { name, value, unit: "messages/s", baseline: { name: baselineName, value: baseline }, ...more };
}

function parseAndSerialise(): number {
  return Message.parse(nextBytes()).serialise().length;
}

function parseCheckAndSerialise(): number {
  const message = Message.parse(nextBytes());
  return message.segments.length + message.serialise().length;
}

function parseAndChange(): number {
  return Message.parse(nextBytes()).set("PID-5.1", "Changed").serialise().length;
}

function parseAndReadAll(): number {
  const message = Message.parse(nextBytes());
  let length = 0;
  for (const segment of message.segments) {
    for (let n = 1; n <= segment.fieldCount; n++) {
      for (const repetition of segment.field(n).repetitions) {
        for (let c = 1; c <= repetition.componentCount; c++) length += repetition.text(c)?.length ?? 0;
      }
    }
  }
  return length + message.serialise().length;
}

function medplumText(): number {
  return Hl7Message.parse(nextText()).toString().length;
}

function medplumBytes(): number {
  return Buffer.from(Hl7Message.parse(nextBytes().toString("utf8")).toString(), "utf8").length;
}

function medplumChange(): number {
  const message = Hl7Message.parse(nextBytes().toString("utf8"));
  message.getSegment("PID")?.setComponent(5, 1, "Changed");
  return Buffer.from(message.toString(), "utf8").length;
}

function medplumReadAll(): number {
  const message = Hl7Message.parse(nextBytes().toString("utf8"));
  let length = 0;
  for (const segment of message.segments) {
    for (const field of segment.fields) {
      for (const repetition of field.components) {
        for (const component of repetition) length += component.length;
      }
    }
  }
  return length + Buffer.from(message.toString(), "utf8").length;
}

/** Best rates of both, per second, taken in turns so that a busy machine is unfair to neither. */
function rates(ours: () => number, theirs: () => number): [number, number] {
  const best: [number, number] = [0, 0];
  for (let pass = 0; pass < PASSES; pass++) {
    best[0] = Math.max(best[0], rate(ours));
    best[1] = Math.max(best[1], rate(theirs));
  }
  return best;
}

function rate(work: () => number): number {
  const batch = 500;
  let done = 0;
  let checksum = 0;
  const start = performance.now();
  let elapsed = 0;
  while (elapsed < PASS_MS) {
    for (let i = 0; i < batch; i++) checksum += work();
    done += batch;
    elapsed = performance.now() - start;
  }
  if (checksum === 0) throw new Error("the work was optimised away");
  return (done * 1000) / elapsed;
}

if (import.meta.main) {
  for (const row of await parseBench()) {
    const ratio = row.baseline ? `, ${(row.value / row.baseline.value).toFixed(1)} times ${row.baseline.name}` : "";
    process.stdout.write(`${row.name}: ${Math.round(row.value).toLocaleString("en")} ${row.unit}${ratio}\n`);
  }
}
