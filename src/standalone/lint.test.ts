import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lint } from "./lint.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "fascia-lint-"));
});
afterEach(() => rm(dir, { recursive: true }));

async function put(name: string, ...documents: string[]): Promise<void> {
  await mkdir(dirname(join(dir, name)), { recursive: true });
  await writeFile(join(dir, name), documents.join("---\n"));
}

/** `<file>:<line> <severity> <rule> <path>` of each finding. */
async function found(names = [""], sharedAddress = false): Promise<string[]> {
  const directories = names.map((name) => join(dir, name));
  const { findings } = await lint(directories, { now: 0, sharedAddress });
  return findings.map(({ file, line, severity, rule, path }) =>
    `${file.replace(`${dir}/`, "")}:${line} ${severity} ${rule} ${path}`.trim(),
  );
}

const visit = (version = "1.0.0", domain = "care") => `apiVersion: fascia.dev/v1alpha1
kind: ContractVersion
metadata: { name: visit-v${version} }
spec: { contract: visit, version: ${version}, domain: ${domain}, owner: care, json: { schema: { type: object } } }
`;
const source = (name: string, more = "") => `apiVersion: fascia.dev/v1alpha1
kind: Adapter
metadata: { name: ${name} }
spec:
  system: ${name}
  owner: care
  mllp: { source: { port: 2575 } }
  emits: [{ contract: visit, version: 1.0.0 }]
${more}`;

describe("Manifests", () => {
  test("that are right give no findings, and each resource with its place", async () => {
    await put("all.yaml", visit(), source("ehr"));
    const { findings, resources } = await lint([dir], { now: 0, sharedAddress: true });
    expect(findings).toEqual([]);
    expect(resources).toEqual([
      { kind: "ContractVersion", name: "visit-v1.0.0", file: join(dir, "all.yaml"), line: 1 },
      { kind: "Adapter", namespace: "default", name: "ehr", file: join(dir, "all.yaml"), line: 6 },
    ]);
  });

  test("are judged by the rules, at their line", async () => {
    await put("a.yaml", source("ehr", "  timeZone: Mars/Phobos\n"));
    expect(await found()).toEqual([
      "a.yaml:8 Warn references/unresolved spec.emits[0]",
      "a.yaml:9 Deny spec/unusable spec.timeZone",
    ]);
  });

  test("are judged by schema, as YAML, and by name, as an API server would", async () => {
    await put("a.yaml", source("ehr", "  clearance: Mine\n"), "a: [\n");
    await put("b.yaml", source("ehr", "  clearance: Mine\n"), visit(), visit());
    expect(await found()).toEqual([
      "a.yaml:12 Deny resource/invalid",
      "b.yaml:9 Deny resource/invalid spec.clearance",
      "b.yaml:18 Deny resource/invalid metadata.name",
    ]);
  });

  test("of which two forbid one another are told of the later one alone", async () => {
    await put("a.yaml", visit("1.1.0", "billing"), visit());
    expect(await found()).toEqual(["a.yaml:4 Deny contracts/domain-differs spec.domain"]);
  });

  test("listen at one address only where they are those of one process", async () => {
    await put("a.yaml", visit(), source("ehr"), source("lis"));
    expect(await found([""], false)).toEqual([]);
    expect(await found([""], true)).toEqual(["a.yaml:21 Deny listen/port-taken spec.mllp.source.port"]);
  });

  test("of several directories are judged together, those of both once", async () => {
    await put("base/contracts.yaml", visit());
    await put("base/east/ehr.yaml", source("ehr"));
    expect(await found(["base/east"])).toEqual(["base/east/ehr.yaml:8 Warn references/unresolved spec.emits[0]"]);
    expect(await found(["base/east", "base"])).toEqual([]);
  });

  test("that are for others are left alone", async () => {
    await put("a.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: a }\n");
    expect(await found()).toEqual([]);
  });
});

test("a directory that is not there is an error of its own", async () => {
  await expect(found(["nowhere"])).rejects.toMatchObject({ code: "ManifestsMissing" });
});
