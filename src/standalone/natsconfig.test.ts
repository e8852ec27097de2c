import { mkdir, mkdtemp, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { boundStore, natsConfig } from "./natsconfig.ts";

let store: string;

beforeEach(async () => {
  store = await mkdtemp(join(tmpdir(), "fascia-store-"));
});
afterEach(() => rm(store, { recursive: true }));

describe("the store", () => {
  it("gets what is asked for where the disk has room for it", async () => {
    expect(await boundStore(store, 1024 ** 2)).toBe(1024 ** 2);
  });

  it("gets at most 80% of the disk, its own files counted as room that it may use", async () => {
    await mkdir(join(store, "streams"));
    await writeFile(join(store, "streams/1.blk"), Buffer.alloc(1024 ** 2));
    const { bavail, bsize } = await statfs(store);
    const bound = await boundStore(store, Number.MAX_SAFE_INTEGER);
    expect(bound / (bavail * bsize + 1024 ** 2)).toBeCloseTo(0.8, 2);
  });
});

describe("the configuration", () => {
  const settings = {
    port: 20001,
    user: "fascia",
    password: `a"b\\c`,
    storeDir: "/data/store",
    maxStoreBytes: 1,
    logFile: "/data/log",
    pidFile: "/data/pid",
  };

  it("syncs each write unless told otherwise", () => {
    expect(natsConfig({ ...settings, sync: "always" })).toMatch(/^ {2}sync_interval: always$/m);
    expect(natsConfig({ ...settings, sync: "default" })).not.toContain("sync_interval");
  });

  it("quotes what it is given", () => {
    expect(natsConfig({ ...settings, sync: "always" })).toContain(String.raw`password: "a\"b\\c"`);
  });
});
