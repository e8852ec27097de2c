import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const LAUNCHER = fileURLToPath(new URL("../fascia.js", import.meta.url));
const SAMPLES = fileURLToPath(new URL("../../../config/samples/hospital", import.meta.url));

const fascia = (...args: string[]) => spawnSync(process.execPath, [LAUNCHER, "lint", ...args], { encoding: "utf8" });

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "fascia-lint-"));
  const lines = [
    "apiVersion: fascia.dev/v1alpha1",
    "kind: Adapter",
    "metadata: { name: a }",
    "spec: { system: a, owner: b, timeZone: Mars/Phobos,",
  ];
  const rest = ["  http: { source: { port: 1 } },", "  emits: [{ contract: visit, version: 1.0.0 }] }"];
  await writeFile(join(dir, "a.yaml"), [...lines, ...rest].join("\n"));
});
afterAll(() => rm(dir, { recursive: true }));

describe("the process `fascia lint`", () => {
  test("ends with 0 where nothing is denied, and says how much it has read", () => {
    const { status, stdout, stderr } = fascia(SAMPLES, "--standalone");
    expect([status, stdout]).toEqual([0, ""]);
    expect(stderr).toMatch(/^fascia: \d+ resources read: 0 errors, 0 warnings \(every use counts as existing; .*\)\n$/);
  });

  test("ends with 1 where something is denied, and names file, line, path and rule", () => {
    const { status, stdout, stderr } = fascia(dir);
    expect(status).toBe(1);
    expect(stdout).toContain(`${join(dir, "a.yaml")}:4: error: spec.timeZone: `);
    expect(stdout).toContain("(spec/unusable)\n");
    expect(stderr).toMatch(/^fascia: 1 resource read: 1 error, 1 warning \(every use counts as existing; .*\)\n$/);
  });

  test.each(["json", "sarif"])("prints %s alone on standard output", (format) => {
    const { status, stdout } = fascia(dir, "-o", format);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toBeTypeOf("object");
  });

  test("judges as of an instant, and refuses what is none", () => {
    const { stdout } = fascia(dir, "--at", "2027-06-30", "-o", "json");
    expect(JSON.parse(stdout)).toMatchObject({ at: "2027-06-30T00:00:00.000Z", usesKnown: false });
    for (const wrong of ["tomorrow", "2027-02-30", "2027-06-30T12:00:00"])
      expect(fascia(dir, "--at", wrong).status).toBe(2);
  });

  test("ends at once where the cache that it is told to use can't be made, and says so", () => {
    const env = { ...process.env, FASCIA_CACHE: "/proc/fascia" };
    const { status, stderr } = spawnSync(process.execPath, [LAUNCHER, "lint", dir], { encoding: "utf8", env });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^fascia: \/proc\/fascia\/compile can't be made \(ENOENT\): name a directory .*FASCIA_CACHE\n$/,
    );
  });

  test("ends with 1 where there is nothing to judge: a mistyped path is no clean one", async () => {
    const empty = await mkdtemp(join(dir, "empty-"));
    await writeFile(join(empty, "deployment.yaml"), "apiVersion: apps/v1\nkind: Deployment\n");
    const { status, stdout, stderr } = fascia(empty, "-o", "json");
    expect([status, JSON.parse(stdout)]).toMatchObject([1, { resources: 0, findings: [] }]);
    expect(stderr).toMatch(
      /^fascia: nothing to judge: no resource of fascia\.dev is in \S+: name a directory or file .*\n$/,
    );
  });

  test("says in one line that a directory is not there", () => {
    const { status, stdout, stderr } = fascia(join(dir, "nowhere"));
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(
      /^fascia: \S+ cannot be read as a file or directory of manifests \(ENOENT\): name one that is there\n$/,
    );
  });
});
