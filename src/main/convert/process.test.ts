import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { sample } from "../../../test/builders/adt.ts";

const LAUNCHER = fileURLToPath(new URL("../fascia.js", import.meta.url));
const MESSAGES = fileURLToPath(new URL("../../../config/samples/hospital/messages/", import.meta.url));

function fascia(args: string[], input = ""): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [LAUNCHER, "convert", ...args], { encoding: "utf8", input });
}

describe("the process `fascia convert`", () => {
  it("converts files, one Bundle a line, in the declared time zone", () => {
    const { status, stdout } = fascia([
      "--ndjson",
      "--time-zone",
      "Europe/Berlin",
      `${MESSAGES}a01.hl7`,
      `${MESSAGES}a40.hl7`,
    ]);
    expect(status).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('"start":"2026-03-14T09:00:00+01:00"');
  });

  it("converts standard input and says whose key the ids are made with", () => {
    const { status, stdout, stderr } = fascia([], sample("a04").toString());
    expect([status, JSON.parse(stdout)]).toMatchObject([0, { resourceType: "Bundle" }]);
    expect(stderr).toContain("--key-file names one of your own");
    expect(stderr).toContain("stdin, message 1: GT1: segment not mapped");
  });

  it("is quiet when asked to be", () => {
    expect(fascia(["-q"], sample("a04").toString()).stderr).toBe("");
  });

  it("ends with 1 and names what cannot be read, and prints the rest", () => {
    const broken = sample("a04").toString().replace("193103071542", "yesterday");
    const { status, stdout, stderr } = fascia(["-q", "--ndjson"], sample("a01").toString() + broken);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^fascia: stdin, message 2: PID-7: is no date or time; .*\n$/);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(fascia(["-q", "/nowhere/a.hl7"])).toMatchObject({
      status: 1,
      stderr: "fascia: /nowhere/a.hl7: cannot be read (ENOENT)\n",
    });
  });

  it("ends with 2 for wrong use", () => {
    const { status, stderr } = fascia(["--time-zone", "Europe/Berln"]);
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining("is not an IANA time zone; write it like Europe/Berlin"),
    ]);
    expect(fascia(["--charset", "8859/99"])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("--charset 8859/99: not a character set") as unknown,
    });
  });
});
