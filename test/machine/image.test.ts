import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sourceEpoch, writeContext } from "../../hack/image/context.ts";
import { buildFascia } from "../../hack/image/images.ts";

const run = promisify(execFile);
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), "fascia-image-test-"));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

/** The index of an OCI archive, which names the image's manifest by digest. */
async function indexOf(archive: string): Promise<unknown> {
  return JSON.parse((await run("tar", ["--extract", "--to-stdout", "--file", archive, "index.json"])).stdout);
}

describe("The image", () => {
  test("of one commit is the same whenever it is built", { timeout: 600_000 }, async () => {
    const [first, second] = [path.join(directory, "1.tar"), path.join(directory, "2.tar")];
    await buildFascia("localhost/fascia:test", first);
    await buildFascia("localhost/fascia:test", second);
    expect(await indexOf(second)).toEqual(await indexOf(first));
  });

  test("has neither tests nor what only developers need", { timeout: 600_000 }, async () => {
    const context = path.join(directory, "context");
    await writeContext(context);
    const files = await readdir(path.join(context, "fascia"), { recursive: true });
    expect(files).toContain("src/main/fascia.js");
    expect(files).toContain("node_modules/zod/package.json");
    expect(files.filter((file) => /\.test\.ts$|\.map$|^node_modules\/(vitest|typescript|\.bin)/.test(file))).toEqual(
      [],
    );
  });

  test("dates from the last commit, or from what SOURCE_DATE_EPOCH says", async () => {
    expect(sourceEpoch()).toBeGreaterThan(1_700_000_000);
    const file = path.join(directory, "epoch.ts");
    await writeFile(
      file,
      `import { sourceEpoch } from "${path.resolve("hack/image/context.ts")}"; console.log(sourceEpoch());`,
    );
    const { stdout } = await run(process.execPath, [file], { env: { ...process.env, SOURCE_DATE_EPOCH: "7" } });
    expect(stdout).toBe("7\n");
  });
});
