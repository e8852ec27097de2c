/** What an admission says, all of it invented. `visit` is carried to every target, so that messages are known again there. */
export interface Admission {
  controlId: string;
  event: "A01" | "A03" | "A04" | "A08" | "A40";
  patient: string;
  visit: string;
  /** For A40: the patient that is merged into `patient`. */
  merged?: string;
  name?: string;
  /** MSH-15 and MSH-16, which acknowledgments are asked for; MSH-18, in what characters. */
  msh?: Partial<Record<15 | 16 | 18, string>> | undefined;
}

/** Ten segments at most, as an EHR writes them. What does not matter is left out, or all but the control id. */
export function admission(given: string | (Partial<Admission> & Pick<Admission, "controlId">)): Buffer {
  const a = typeof given === "string" ? { controlId: given } : given;
  const { controlId, event = "A01", patient = "4711", visit = "V1", name = "Testperson^Invented", msh = {} } = a;
  const segments = [
    `MSH|^~\\&|EHR|HOSPITAL|FASCIA|HUB|20260301120000+0100||ADT^${event}^ADT_${event === "A40" ? "A39" : "A01"}|${controlId}|P|2.5.1|||${msh[15] ?? ""}|${msh[16] ?? ""}|DEU|${msh[18] ?? "UNICODE UTF-8"}`,
    `EVN|${event}|20260301120000+0100`,
    `PID|1||${patient}^^^HOSPITAL^MR||${name}||19700101|F|||Inventedstreet 1^^Nowhere^^00000^DE||+49 30 0000000`,
  ];
  if (event === "A40") segments.push(`MRG|${a.merged}^^^HOSPITAL^MR`);
  else {
    segments.push(
      `NK1|1|Testperson^Relative|SPO|Inventedstreet 1^^Nowhere^^00000^DE|+49 30 0000001`,
      `PV1|1|I|WARD1^101^1^HOSPITAL||||1234^Physician^Invented|||MED${"|".repeat(9)}${visit}`,
      `AL1|1|DA|^Inventicillin|SV|Rash`,
      `IN1|1|PLAN1|PAYER1|Invented Payer${"|".repeat(32)}MEMBER-${patient}`,
    );
  }
  return Buffer.from(`${segments.join("\r")}\r`, "utf8");
}
