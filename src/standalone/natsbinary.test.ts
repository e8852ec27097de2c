import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findNatsServer } from "./natsbinary.ts";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "fascia-binary-"));
});
afterEach(() => rm(root, { recursive: true }));

async function program(path: string, output: string): Promise<string> {
  const file = join(root, path);
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, `#!/bin/sh\necho "${output}"\n`);
  await chmod(file, 0o755);
  return file;
}

describe("nats-server is found", () => {
  it("where FASCIA_NATS_SERVER says, before anywhere else", async () => {
    const named = await program("named/server", "nats-server: v2.15.2");
    await program("path/nats-server", "nats-server: v2.16.0");
    const env = { FASCIA_NATS_SERVER: named, PATH: join(root, "path") };
    expect(await findNatsServer(env)).toBe(named);
  });

  it("on PATH, passing over those that are too old, no nats-server or not executable", async () => {
    await program("old/nats-server", "nats-server: v2.15.1");
    await program("other/nats-server", "something else");
    await chmod(await program("plain/nats-server", "nats-server: v2.16.0"), 0o644);
    const good = await program("good/nats-server", "nats-server: v2.15.2");
    const PATH = ["old", "other", "plain", "", "missing", "good"].map((name) => name && join(root, name)).join(":");
    expect(await findNatsServer({ PATH, FASCIA_CACHE: root })).toBe(good);
  });

  it("in the cache, the newest one, without running it", async () => {
    for (const version of ["2.15.1", "2.15.2", "2.15.10", "2.15.9", "nonsense"])
      await program(`bin/nats-server-v${version}`, "must not be run");
    expect(await findNatsServer({ FASCIA_CACHE: root })).toBe(join(root, "bin/nats-server-v2.15.10"));
    await program("xdg/fascia/bin/nats-server-v2.15.3", "");
    expect(await findNatsServer({ XDG_CACHE_HOME: join(root, "xdg") })).toContain("nats-server-v2.15.3");
    await program("home/.cache/fascia/bin/nats-server-v2.15.4", "");
    expect(await findNatsServer({ HOME: join(root, "home") })).toContain("nats-server-v2.15.4");
  });
});

describe("nats-server is refused", () => {
  it("when there is none, saying how to get one", async () => {
    await program("bin/nats-server-v2.15.1", "nats-server: v2.15.1");
    await expect(findNatsServer({ FASCIA_CACHE: root, PATH: "" })).rejects.toMatchObject({
      code: "NatsServerMissing",
      message: expect.stringMatching(/2\.15\.2 or later.*npm run setup.*FASCIA_NATS_SERVER.*--nats/),
    });
  });

  it("when the named one is too old or none at all, rather than silently taking another", async () => {
    const old = await program("old", "nats-server: v2.10.0");
    await program("bin/nats-server-v2.15.2", "");
    await expect(findNatsServer({ FASCIA_CACHE: root, FASCIA_NATS_SERVER: old })).rejects.toMatchObject({
      code: "NatsServerTooOld",
      message: expect.stringContaining("2.10.0"),
    });
    const missing = { FASCIA_CACHE: root, FASCIA_NATS_SERVER: join(root, "missing") };
    await expect(findNatsServer(missing)).rejects.toMatchObject({ code: "NatsServerMissing" });
  });
});
