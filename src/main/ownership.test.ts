import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { aDataDomain } from "../../test/builders/resources.ts";

const cli = fileURLToPath(new URL("./cli.js", import.meta.url));
const run = (...args: string[]) => spawnSync(process.execPath, [cli, "ownership", ...args], { encoding: "utf8" });
const lines = (text: string) => text.split("\n").map((line) => line.trimEnd());

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "fascia-ownership-"));
  const care = aDataDomain({ ehr: ["clinic/ehr", "north/ehr"] });
  const way = { contract: "profile", namespace: "clinic", adapter: "ehr" };
  const telecom = { path: "Patient.telecom", primary: "portal" };
  const entities = [
    { entity: "Patient", primary: "ehr", fields: [telecom], consumers: ["lab"], writePaths: [way] },
    { entity: "Encounter", primary: "ehr" },
  ];
  const late = aDataDomain({ lis: ["lab/lis"] }, "lab");
  const taken = {
    ...late,
    spec: {
      ...late.spec,
      owner: '=lab, "night"',
      entities: [
        { entity: "Patient", primary: "lis" },
        { entity: "Specimen", primary: "lis" },
      ],
    },
  };
  const documents = [taken, { ...care, spec: { ...care.spec, entities } }];
  await writeFile(path.join(directory, "all.yaml"), documents.map((each) => stringify(each)).join("---\n"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe("fascia ownership", () => {
  test("shows of each entity and field who owns it and who receives it; of two claims that of the earlier domain", () => {
    const { stdout, stderr, status } = run(directory);
    expect([stderr, status]).toEqual(["", 0]);
    expect(lines(stdout)).toEqual([
      "PATH              DOMAIN   OWNER                          SYSTEM   ADAPTERS                CONSUMERS",
      "Encounter         care     care <care@hospital.example>   ehr      clinic/ehr, north/ehr   every system",
      "Patient           care     care <care@hospital.example>   ehr      clinic/ehr, north/ehr   ehr, lab",
      "Patient.telecom   care     care <care@hospital.example>   portal   any                     ehr, lab",
      'Specimen          lab      =lab, "night"                  lis      lab/lis                 every system',
      "",
    ]);
  });

  test.each([
    ["Patient.telecom.value", "Patient.telecom"],
    ["Patient.telecom", "Patient.telecom"],
    ["Patient.telecoms", "Patient"],
    ["Encounter.status", "Encounter"],
  ])("answers for %s with the nearest that is named: %s", (field, answer) => {
    const { stdout, status } = run(directory, "--field", field, "-o", "json");
    expect([
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as { path: string }).path),
      status,
    ]).toEqual([[answer], 0]);
  });

  test("tells by which ways an entity may be written back", () => {
    const { stdout } = run(directory, "--field", "Patient.name", "-o", "json");
    expect(JSON.parse(stdout)).toMatchObject({ writePaths: ["profile into clinic/ehr"] });
  });

  test("says that nobody claims a field, and fails", () => {
    const { stdout, stderr, status } = run(directory, "--field", "Coverage.status");
    expect([stdout, stderr, status]).toEqual([
      "",
      "fascia: no DataDomain claims Coverage.status: anybody may write it, and everybody receive it\n",
      2,
    ]);
  });

  test("prints CSV that a spreadsheet takes for text", () => {
    expect(lines(run(directory, "-o", "csv").stdout).slice(0, 5)).toEqual([
      "path,domain,owner,system,adapters,consumers",
      "Encounter,care,care <care@hospital.example>,ehr,clinic/ehr north/ehr,every system",
      "Patient,care,care <care@hospital.example>,ehr,clinic/ehr north/ehr,ehr lab",
      "Patient.telecom,care,care <care@hospital.example>,portal,any,ehr lab",
      'Specimen,lab,"\'=lab, ""night""",lis,lab/lis,every system',
    ]);
  });
});
