import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { tokenMaker } from "../mapping/minimise/token.ts";
import { type Keys, loadKeys, readKeys } from "./keys.ts";

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "fascia-keys-"));
});
afterEach(() => rm(dataDir, { recursive: true }));

it("makes the keys once and finds the same again", async () => {
  const first = await loadKeys(dataDir);
  expect(await loadKeys(dataDir)).toEqual(first);
  expect(first.hash.secret).toHaveLength(32);
  expect(first.hash.id).toMatch(/^k[0-9a-f]{6}$/);
  const secrets = [first.hash.secret, first.resourceId, first.token.secret].map((key) =>
    Buffer.from(key).toString("hex"),
  );
  expect(new Set(secrets).size).toBe(3);
});

it("gives the same tokens after a restart, and to whoever is handed the same file", async () => {
  const made = async (read: Promise<Keys>) => tokenMaker((await read).token)("female", "Patient.gender");
  const first = await made(loadKeys(dataDir));
  expect(await made(loadKeys(dataDir))).toBe(first);
  expect(await made(readKeys(join(dataDir, "keys.json")))).toBe(first);
});

it("gives other keys to another directory", async () => {
  const other = await mkdtemp(join(tmpdir(), "fascia-keys-"));
  expect((await loadKeys(other)).resourceId).not.toEqual((await loadKeys(dataDir)).resourceId);
  await rm(other, { recursive: true });
});

it("lets only the owner read them, in a directory that it makes where there is none", async () => {
  const deeper = join(dataDir, "a/b");
  await loadKeys(deeper);
  expect((await stat(join(deeper, "keys.json"))).mode & 0o777).toBe(0o600);
  expect((await stat(deeper)).mode & 0o777).toBe(0o700);
  expect(await readdir(deeper)).toEqual(["keys.json"]);
});

it("agrees on one set when several begin at once", async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => loadKeys(dataDir)));
  for (const keys of all) expect(keys).toEqual(all[0]);
});

it.each(["", "{", "{}", `{"hash":{"id":"k1","secret":"c2hvcnQ="}}`])(
  "refuses a file that is damaged (%j), quotes nothing of it and leaves it as it is",
  async (content) => {
    await writeFile(join(dataDir, "keys.json"), content);
    const failure = await loadKeys(dataDir).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "KeysUnreadable" });
    expect(String(failure)).not.toContain("c2hvcnQ");
    expect(await readFile(join(dataDir, "keys.json"), "utf8")).toBe(content);
  },
);

it("reads a file of keys that somebody else has made, and never makes one there", async () => {
  const made = await loadKeys(dataDir);
  expect(await readKeys(join(dataDir, "keys.json"))).toEqual(made);
  await expect(readKeys(join(dataDir, "other.json"))).rejects.toMatchObject({ code: "KeysUnreadable" });
  expect(await readdir(dataDir)).toEqual(["keys.json"]);
});
