import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kubeconfig } from "../../hack/cluster/kubeconfig.ts";
import type { KubeObject } from "../../src/operator/kube/resource.ts";
import { freePort } from "../builders/ports.ts";
import { spawnFascia } from "../builders/process.ts";
import { aContractVersion, aSource } from "../builders/resources.ts";
import { applyAll } from "./served.ts";
import { type Api, startApi } from "./startapi.ts";

/** `fascia lint --against`: a directory judged as changes of what a real API server holds. */

const lifecycle = { publishedOn: "2026-01-01T00:00:00Z" };
const visit = aContractVersion({ lifecycle });
let api: Api;
let dir: string;
let config: string;

beforeAll(async () => {
  api = await startApi();
  dir = await mkdtemp(join(tmpdir(), "fascia-against-"));
  config = join(dir, "config");
  const { controlPlane } = api;
  await writeFile(config, kubeconfig(controlPlane, controlPlane.token("admin")), { mode: 0o600 });
  await applyAll(api.client, [visit as KubeObject]);
}, 120_000);
afterAll(async () => {
  await api?.stop();
  if (dir) await rm(dir, { recursive: true });
});

/** Lints a directory with `resources` alone. */
async function lint(resources: object[], ...options: string[]) {
  const manifests = await mkdtemp(join(dir, "manifests-"));
  await writeFile(join(manifests, "all.yaml"), resources.map((resource) => JSON.stringify(resource)).join("\n---\n"));
  return spawnFascia(["lint", manifests, ...options]).ended;
}

describe("Against a cluster", () => {
  test("a directory is judged with what it refers to there", async () => {
    expect((await lint([aSource("ehr")])).stdout).toContain("(references/unresolved)");
    expect(await lint([aSource("ehr")], "--against", config)).toMatchObject({ code: 0, stdout: "" });
  });

  test("an edit is denied that breaks what was promised there, which nobody can tell of the directory alone", async () => {
    const edited = aContractVersion({ lifecycle, json: { schema: { type: "array" } } });
    expect(await lint([edited])).toMatchObject({ code: 0 });
    const { code, stdout } = await lint([edited], "--against", config);
    expect(code).toBe(1);
    expect(stdout).toMatch(/all\.yaml:1: error: spec\.json: .* \(lifecycle\/published-changed\)\n$/);
  });

  test("a context of the kubeconfig is named behind its file, and one that is not there is told in one line", async () => {
    const { code, stderr } = await lint([visit], "--against", `${config}:elsewhere`);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^fascia: --against \S+config: the kubeconfig has no context elsewhere; it has \S+: name .*\n$/,
    );
  });

  test("a kubeconfig that is not there is told in one line", async () => {
    const { code, stderr } = await lint([visit], "--against", join(dir, "nowhere"));
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^fascia: --against \S+nowhere: the kubeconfig cannot be read: Error \(ENOENT\): name a kubeconfig that is there, .*\n$/,
    );
  });

  test("a cluster that does not answer is told with its address and the way out", async () => {
    const server = `https://127.0.0.1:${await freePort()}`;
    const text = (await readFile(config, "utf8")).replace(api.controlPlane.url, server);
    await writeFile(join(dir, "away"), text);
    const { code, stderr } = await lint([visit], "--against", join(dir, "away"));
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^fascia: --against https:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED\): look whether the cluster is up/,
    );
  });

  test("who may not read the cluster is told what it takes", async () => {
    await writeFile(join(dir, "stranger"), kubeconfig(api.controlPlane, "a-stranger"), { mode: 0o600 });
    const { code, stderr } = await lint([visit], "--against", join(dir, "stranger"));
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^fascia: --against https:.*Unauthorized.*: name an identity that .* may `list` the kinds of fascia\.dev\n$/,
    );
  });
});
