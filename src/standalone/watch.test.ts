import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../test/builders/manualclock.ts";
import { type Watch, type WatchOptions, watchManifests } from "./watch.ts";

const QUIET = 100;
const PATIENCE = 1000;
const POLL = 2000;

let root: string;
let dir: string;
let clock: ManualClock;
let calls: number;
let called: () => void = () => {};
let watches: Watch[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "fascia-watch-"));
  dir = join(root, "manifests");
  await mkdir(join(dir, "deep/er"), { recursive: true });
  await writeFile(join(dir, "a.yaml"), "a: 1\n");
  clock = new ManualClock();
  calls = 0;
});

afterEach(async () => {
  const closed = watches.map((watch) => watch.close());
  clock.advance(POLL);
  await Promise.all(closed);
  watches = [];
  await rm(root, { recursive: true });
});

async function start(onChange?: () => Promise<void>, options: WatchOptions = {}): Promise<Watch> {
  const count = async () => {
    calls++;
    await onChange?.();
    called();
  };
  const watch = await watchManifests(dir, count, {
    clock,
    quietMs: QUIET,
    patienceMs: PATIENCE,
    pollMs: POLL,
    ...options,
  });
  watches.push(watch);
  return watch;
}

/** Makes a change and lets the time of quiet after it pass. */
async function after(change: () => Promise<unknown>): Promise<void> {
  const settled = nextCall();
  await change();
  await clock.sleeping(QUIET);
  clock.advance(QUIET);
  await settled;
}

/** Lets quiet come until nothing is left to settle. */
async function idle(): Promise<void> {
  while (!clock.sleeps(POLL)) {
    await Promise.race([clock.sleeping(QUIET), clock.sleeping(POLL)]);
    if (clock.sleeps(QUIET)) clock.advance(QUIET);
  }
}

const nextCall = (): Promise<void> => new Promise((resolve) => (called = resolve));
const write = (name: string, text: string) => writeFile(join(dir, name), text);

describe("a change is reported", () => {
  it("when a file is written, made, renamed over by an editor, or removed", async () => {
    await start();
    await after(() => write("a.yaml", "a: 2\n"));
    await after(() => write("b.yml", "b: 1\n"));
    await after(async () => {
      await write("a.yaml~", "a: 3\n");
      await rename(join(dir, "a.yaml~"), join(dir, "a.yaml"));
    });
    await after(() => rm(join(dir, "b.yml")));
    expect(calls).toBe(4);
  });

  it("in directories beneath, also in those that are made later", async () => {
    await start();
    await after(() => write("deep/er/c.yaml", "c: 1\n"));
    await after(async () => {
      await mkdir(join(dir, "new/one"), { recursive: true });
      await write("new/one/d.yaml", "d: 1\n");
    });
    await after(() => write("new/one/d.yaml", "d: 2\n"));
    expect(calls).toBe(3);
  });

  it("in a directory that was removed and made anew", async () => {
    await start();
    await after(async () => {
      await rename(join(dir, "deep"), join(root, "elsewhere"));
      await mkdir(join(dir, "deep"));
      await write("deep/e.yaml", "e: 1\n");
    });
    await after(() => write("deep/e.yaml", "e: 2\n"));
    expect(calls).toBe(2);
  });

  it("when the whole directory goes and comes back", async () => {
    await start();
    await after(() => rename(dir, join(root, "aside")));
    await idle();
    const back = nextCall();
    await rename(join(root, "aside"), dir);
    clock.advance(POLL);
    await clock.sleeping(QUIET);
    clock.advance(QUIET);
    await back;
    await after(() => write("a.yaml", "a: 4\n"));
    expect(calls).toBe(3);
  });

  it("within the polling time where the file system tells nothing", async () => {
    await writeFile(join(root, "outside.yaml"), "x: 1\n");
    await symlink(join(root, "outside.yaml"), join(dir, "linked.yaml"));
    await start();
    await clock.sleeping(POLL);
    const seen = nextCall();
    await writeFile(join(root, "outside.yaml"), "x: 22\n");
    clock.advance(POLL);
    await clock.sleeping(QUIET);
    clock.advance(QUIET);
    await seen;
    expect(calls).toBe(1);
  });
});

describe("changes that come together", () => {
  it("are reported once, when it has been quiet", async () => {
    await start();
    await clock.sleeping(POLL);
    for (let i = 0; i < 5; i++) {
      await write("a.yaml", `a: ${"x".repeat(i)}\n`);
      await clock.sleeping(QUIET);
      clock.advance(QUIET - 1);
    }
    expect(calls).toBe(0);
    await after(() => write("b.yaml", "b: 1\n"));
    expect(calls).toBe(1);
  });

  it("are reported although more keep coming, when that takes too long", async () => {
    await start();
    const first = nextCall();
    const reported = () => calls > 0;
    for (let i = 0; !reported(); i++) {
      await write("a.yaml", `a: ${"x".repeat(i % 7)}\n`);
      await Promise.race([clock.sleeping(QUIET), first]);
      clock.advance(QUIET - 1);
    }
    expect(clock.monotonic()).toBeGreaterThanOrEqual(PATIENCE);
    expect(calls).toBe(1);
  });

  it("are not lost while the one before is still being dealt with, and never dealt with at the same time", async () => {
    const begun = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    await start(() => {
      begun.resolve();
      return finish.promise;
    });
    await write("a.yaml", "a: 2\n");
    await clock.sleeping(QUIET);
    clock.advance(QUIET);
    await begun.promise;
    await write("a.yaml", "a: 33\n");
    clock.advance(POLL);
    expect(calls).toBe(1);
    const both = nextCall().then(nextCall);
    finish.resolve();
    await clock.sleeping(QUIET);
    clock.advance(QUIET);
    await both;
    expect(calls).toBe(2);
  });
});

it("says nothing of files that are no manifests, or were only looked at", async () => {
  await start();
  await write("notes.txt", "not a manifest");
  await write(".a.yaml.swp", "of an editor");
  await clock.sleeping(QUIET);
  clock.advance(QUIET);
  await idle();
  expect(calls).toBe(0);
});

it("is quiet after it was closed", async () => {
  const watch = await start();
  await clock.sleeping(POLL);
  await watch.close();
  await write("a.yaml", "a: 5\n");
  clock.advance(POLL + QUIET + PATIENCE);
  expect(calls).toBe(0);
});
