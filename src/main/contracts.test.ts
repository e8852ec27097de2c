import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { aContractVersion, aSource, aTarget, anIntegration } from "../../test/builders/resources.ts";

const cli = fileURLToPath(new URL("./cli.js", import.meta.url));
const run = (...args: string[]) => spawnSync(process.execPath, [cli, "contracts", ...args], { encoding: "utf8" });
const lifecycle = {
  publishedOn: "2026-01-01T00:00:00Z",
  deprecatedOn: "2027-01-01T00:00:00Z",
  sunsetOn: "2027-07-01T01:00:00+02:00",
};

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "fascia-contracts-"));
  await write("all.yaml", [
    aContractVersion({ contract: "bed" }),
    aContractVersion({ version: "2.0.0" }),
    aContractVersion({ lifecycle, replacedBy: "2.0.0" }),
    aContractVersion({ version: "10.0.0", lifecycle: {} }),
    aContractVersion({ version: "0.9.0", lifecycle: { ...lifecycle, sunsetOn: "2027-02-01T00:00:00Z" } }),
    aSource("ehr"),
    aTarget("lab"),
    anIntegration("visits"),
  ]);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const write = (name: string, documents: object[]) =>
  writeFile(path.join(directory, name), documents.map((document) => stringify(document)).join("---\n"));

describe("fascia contracts", () => {
  test("shows versions by the sunset that comes first, then by contract and version", () => {
    const { stdout, stderr, status } = run(directory, "--at", "2027-03-01");
    expect([stderr, status]).toEqual(["", 0]);
    expect(stdout.split("\n").map((line) => line.trimEnd())).toEqual([
      "CONTRACT   VERSION   PHASE        PUBLISHED    DEPRECATED   SUNSET       RETIRED   DAYS LEFT   USES   REPLACED BY",
      "visit      0.9.0     Sunset       2026-01-01   2027-01-01   2027-02-01             0           0",
      "visit      1.0.0     Deprecated   2026-01-01   2027-01-01   2027-06-30             122         3      2.0.0",
      "bed        1.0.0     Active                                                                    0",
      "visit      2.0.0     Active                                                                    0",
      "visit      10.0.0    Draft                                                                     0",
      "",
    ]);
  });

  test("prints a line of JSON for each, with instants as they are written and who uses it", () => {
    const lines = run(directory, "--json", "--at", "2027-07-01").stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(5);
    expect(JSON.parse(lines[1] ?? "")).toEqual({
      contract: "visit",
      version: "1.0.0",
      domain: "care",
      owner: "care",
      phase: "Sunset",
      ...lifecycle,
      daysLeft: 0,
      replacedBy: "2.0.0",
      uses: ["Adapter clinic/ehr", "Adapter clinic/lab", "Integration clinic/visits"],
    });
  });

  test("leaves out what can't be read, says so and fails", async () => {
    await write("broken.yaml", [{ ...aContractVersion(), spec: {} }]);
    const { stdout, stderr, status } = run(directory, "--at", "2027-03-01");
    expect(stdout.split("\n")).toHaveLength(7);
    expect([stderr, status]).toEqual(["fascia: what can't be read is left out; `fascia lint` says what and why\n", 1]);
    await rm(path.join(directory, "broken.yaml"));
  });
});
