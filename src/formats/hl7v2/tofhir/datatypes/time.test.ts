import { describe, expect, it } from "vitest";
import { adt, convert, resourcesIn, resourcesOf, PID } from "../../../../../test/builders/adt.ts";

/** What PV1-44 becomes. */
function dateTime(text: string, timeZone = "Europe/Berlin"): string | undefined {
  const { bundle } = convert(adt("A08", PID, `PV1|1|I${"|".repeat(42)}${text}`), { timeZone });
  return resourcesIn(bundle, "Encounter")[0]?.period?.start;
}

describe("DTM as FHIR dateTime", () => {
  it.each([
    ["2026", "2026"],
    ["202603", "2026-03"],
    ["20260314", "2026-03-14"],
    ["2026031409", "2026-03-14T09:00:00+01:00"],
    ["202603140915", "2026-03-14T09:15:00+01:00"],
    ["20260314091502", "2026-03-14T09:15:02+01:00"],
    ["20260314091502.1234", "2026-03-14T09:15:02.1234+01:00"],
    ["20240229", "2024-02-29"],
  ])("keeps the precision of %s", (text, expected) => {
    expect(dateTime(text)).toBe(expected);
  });

  it.each([
    ["20260714091502-0500", "2026-07-14T09:15:02-05:00"],
    ["20260714091502+0000", "2026-07-14T09:15:02+00:00"],
    ["20260714+0545", "2026-07-14"],
  ])("lets the offset of %s survive whatever the declared zone is", (text, expected) => {
    expect(dateTime(text)).toBe(expected);
  });

  it.each([
    ["winter", "20260114120000", "Europe/Berlin", "+01:00"],
    ["summer", "20260714120000", "Europe/Berlin", "+02:00"],
    ["the last minute before clocks go forward", "20260329015959", "Europe/Berlin", "+01:00"],
    ["the first minute after clocks went forward", "20260329030000", "Europe/Berlin", "+02:00"],
    ["an hour that does not exist: as before the change", "20260329023000", "Europe/Berlin", "+01:00"],
    ["an hour that exists twice: the first", "20261025023000", "Europe/Berlin", "+02:00"],
    ["after the doubled hour", "20261025030000", "Europe/Berlin", "+01:00"],
    ["the day of the change, long after it", "20261025235959", "Europe/Berlin", "+01:00"],
    ["the southern half of the world", "20260114120000", "Australia/Sydney", "+11:00"],
    ["half an hour of daylight saving", "20260405020000", "Australia/Lord_Howe", "+10:30"],
    ["a zone of three quarters of an hour", "20260714120000", "Asia/Kathmandu", "+05:45"],
    ["the west", "20260308033000", "America/New_York", "-04:00"],
    ["no zone", "20260714120000", "UTC", "+00:00"],
  ])("applies the declared zone: %s", (_what, text, zone, offset) => {
    expect(dateTime(text, zone)?.slice(-6)).toBe(offset);
  });

  it.each([
    "yesterday",
    "20261301",
    "20260230",
    "20250229",
    "2026031424",
    "202603140960",
    "2026-03-14",
    "0000",
    "20260314091502+1500",
  ])("refuses %s by segment and field, without quoting it", (text) => {
    expect(() => dateTime(text)).toThrow(
      expect.objectContaining({
        code: "Hl7v2Invalid",
        message: expect.stringMatching(/^PV1-44: is no date or time; write/),
      }),
    );
    expect(() => dateTime(text)).not.toThrow(text);
  });

  it("does not mind blanks around it", () => {
    expect(dateTime(" 20260314 ")).toBe("2026-03-14");
  });

  it("names the occurrence of the segment and the component where it stands", () => {
    const nk1 = "NK1|1|A^B\rNK1|2|A^C^^^^^^^^^^20269999";
    expect(() => resourcesOf("RelatedPerson", nk1)).toThrow(/^NK1\[1\]-2\.12: is no date/);
  });

  it("refuses a time zone that is none", () => {
    expect(() => dateTime("2026031409", "Mars/Olympus")).toThrow(expect.objectContaining({ code: "TimeZoneUnknown" }));
  });
});
