import { describe, expect, test } from "vitest";
import { type AckRules, type Verdict, ackCodes } from "./acknowledge.ts";

const auto: AckRules = { acknowledgement: "Auto", retryCode: "CE" };

/** The answers to acceptance, refusal and unavailability, e.g. `AA / AR / AE`; `CA+AA` are two. */
function answers(rules: AckRules, acceptAck?: string, applicationAck?: string): string {
  const verdicts: Verdict[] = ["Accept", "Refuse", "Retry"];
  return verdicts
    .map((verdict) => ackCodes(rules, { acceptAck, applicationAck }, verdict).join("+") || "-")
    .join(" / ");
}

describe("ackCodes", () => {
  test.each([
    // MSH-15, MSH-16, what is answered to Accept / Refuse / Retry
    [undefined, undefined, "AA / AR / AE"],
    ["", "", "AA / AR / AE"],
    ['""', '""', "AA / AR / AE"],
    ["AL", "NE", "CA / CR / CE"],
    ["AL", undefined, "CA / CR / CE"],
    ["AL", '""', "CA / CR / CE"],
    ["NE", "NE", "- / - / -"],
    ["NE", undefined, "- / - / -"],
    ["ER", "NE", "- / CR / CE"],
    ["SU", "NE", "CA / - / -"],
    ["NE", "AL", "AA / AR / AE"],
    [undefined, "AL", "AA / AR / AE"],
    [undefined, "ER", "- / AR / AE"],
    [undefined, "SU", "AA / - / -"],
    ["AL", "AL", "CA+AA / CR / CE"],
    ["AL", "ER", "CA / CR / CE"],
    ["AL", "SU", "CA+AA / CR / CE"],
    ["ER", "AL", "AA / CR / CE"],
    ["SU", "AL", "CA+AA / AR / AE"],
    ["SU", "ER", "CA / AR / AE"],
    ["al", undefined, "CA / CR / CE"],
    ["Y", "NE", "CA / CR / CE"],
  ])("with MSH-15 %j and MSH-16 %j answers %s", (accept, application, expected) => {
    expect(answers(auto, accept, application)).toBe(expected);
  });

  test("answers in original mode whatever the message asks for, where the adapter says Original", () => {
    const original: AckRules = { acknowledgement: "Original", retryCode: "CE" };
    for (const [accept, application] of [
      [undefined, undefined],
      ["AL", "AL"],
      ["NE", "NE"],
      ["AL", "NE"],
    ])
      expect(answers(original, accept, application)).toBe("AA / AR / AE");
  });

  test("answers with commit codes where the adapter says Enhanced and the message says nothing", () => {
    const enhanced: AckRules = { acknowledgement: "Enhanced", retryCode: "CE" };
    expect(answers(enhanced)).toBe("CA / CR / CE");
    expect(answers(enhanced, undefined, "AL")).toBe("CA+AA / CR / CE");
    expect(answers(enhanced, "NE", "NE")).toBe("- / - / -");
  });

  test("swaps CE and CR for a sender to whom CR means to try again", () => {
    expect(answers({ ...auto, retryCode: "CR" }, "AL", "NE")).toBe("CA / CE / CR");
    expect(answers({ ...auto, retryCode: "CR" })).toBe("AA / AR / AE");
  });
});
