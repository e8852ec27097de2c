import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findBootstrap, readBootstrap, writeBootstrap } from "./bootstrap.ts";

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "fascia-bootstrap-"));
});
afterEach(() => rm(dataDir, { recursive: true }));

it("reads back what was written, which only the owner can read", async () => {
  const access = { url: "nats://127.0.0.1:20001", user: "fascia", password: "p" };
  await writeBootstrap(dataDir, access);
  expect(await readBootstrap(dataDir)).toEqual(access);
  expect((await stat(join(dataDir, "bootstrap.json"))).mode & 0o777).toBe(0o600);
});

it("of a server without credentials is its address alone", async () => {
  await writeBootstrap(dataDir, { url: "nats://127.0.0.1:4222" });
  expect(await readBootstrap(dataDir)).toEqual({ url: "nats://127.0.0.1:4222" });
});

it("tells what to start where there is none", async () => {
  expect(await findBootstrap(dataDir)).toBeUndefined();
  const refusal = { code: "BootstrapMissing", message: expect.stringContaining(`fascia run\` with --data ${dataDir}`) };
  await expect(readBootstrap(dataDir)).rejects.toMatchObject(refusal);
});

it.each(["", "{", `{"password":"p"}`, `{"url":"nats://x","pasword":"hunter2"}`])(
  "refuses a damaged one (%j) without quoting it",
  async (content) => {
    await writeFile(join(dataDir, "bootstrap.json"), content);
    const failure = await readBootstrap(dataDir).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "BootstrapInvalid" });
    expect(String(failure)).not.toContain("hunter2");
  },
);
